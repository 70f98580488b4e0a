import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Processes of this machine that name a path on their command line, ourselves left out. */
export const naming = (path: string): string[] =>
  readdirSync('/proc')
    .filter(pid => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .filter(pid => {
      try {
        return readFileSync(join('/proc', pid, 'cmdline'), 'utf8').includes(path)
      } catch {
        return false
      }
    })
