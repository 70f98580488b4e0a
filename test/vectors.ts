import { readFileSync } from 'node:fs'

/** Where the vectors of a kind lie: `action`, and `action-2` for a later number. */
export const vectorsOf = (kind: string): string => kind.split('/').slice(1).join('-').replace(/-1$/, '')

/** A committed vector file of this version: `target/parse.json`. */
export const vectors = <T>(name: string): T =>
  JSON.parse(readFileSync(new URL(`./vectors/${name}`, import.meta.url), 'utf8')) as T
