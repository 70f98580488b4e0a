import { readFileSync } from 'node:fs'

/** A committed vector file of this version: `target/parse.json`. */
export const vectors = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`./vectors/${name}`, import.meta.url), 'utf8')) as T
