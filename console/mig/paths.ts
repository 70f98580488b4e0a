import { posix } from 'node:path'
import { bad, foreign, shown, type Warn } from './json.ts'

export interface Place {
  readonly path: string
  /** What a last part with a star stands for: files directly in the path. */
  readonly glob?: string
}

/** A path of MIG → one of ours. Throws `malformed`, `no-counterpart`. */
export const pathOf = (said: string, at: string, warn: Warn): Place => {
  if (said.includes('\0')) throw bad(at, 'a path has no NUL')
  const drive = /^([A-Za-z]):[\\/]/.exec(said)
  if (drive) {
    const path = `/${said.replaceAll('\\', '/')}`
    warn(
      `${at}: ${shown(said)} is ${shown(path)} here; Gumshoe has no agent for Windows, so nobody answers it yet.`
    )
    return clean(path, at, said, warn)
  }
  if (said.startsWith('\\\\'))
    throw foreign(at, 'no host looks on another machine', 'Ask the machine that has it.')
  if (!said.startsWith('/'))
    throw bad(at, 'a path is absolute: every host looks from its own root', 'Write it with a / in front.')
  return clean(said, at, said, warn)
}

const clean = (path: string, at: string, said: string, warn: Warn): Place => {
  const short = posix.normalize(path).replace(/(.)\/+$/, '$1')
  const [directory, last] = [posix.dirname(short), posix.basename(short)]
  if (!short.includes('*')) return { path: short }
  if (directory.includes('*'))
    throw foreign(
      at,
      `MIG takes the * in ${shown(said)} for a name, and there is no search through such directories`,
      'Name the directory above it, and the files by "names".'
    )
  if (last === '*') {
    warn(
      `${at}: MIG takes the * in ${shown(said)} for a name, and finds nothing; here it is ${shown(directory)}, as was meant.`
    )
    return { path: directory }
  }
  return { path: directory, glob: last }
}

/** Whether the system itself makes what is there: Gumshoe walks it where it is named. */
export const isPseudo = (path: string): boolean => /^\/(proc|sys)(\/|$)/.test(path)
