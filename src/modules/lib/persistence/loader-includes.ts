import type { HostFiles } from '../host/host-files.ts'
import { compileGlob } from '../match/glob.ts'
import type { Pattern } from '../match/regex.ts'
import type { Place } from './places.ts'
import { loaderLines } from './start-readers.ts'
import { saidLines } from './words.ts'

/** Files that ld.so.conf(5) may name in all: a few are usual, and such that name each other would have no end. */
const MOST = 256
/** What lies there is looked at anyway. */
const USUAL = /^\/etc\/ld\.so\.conf(\.d\/[^/]*\.conf)?$/

/** The files that /etc/ld.so.conf and those that it includes name, beside the usual ones. */
export const loaderIncludes = (files: HostFiles): Place => {
  const known = new Set(['/etc/ld.so.conf'])
  const todo = ['/etc/ld.so.conf']
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    if (known.size > MOST) {
      files.count.skip('too-deep')
      break
    }
    for (const { text } of saidLines(files.readFirst(path, 1 << 20)?.toString('latin1') ?? '')) {
      if (!/^include[ \t]/.test(text)) continue
      for (const one of text
        .split(/[ \t]+/, 64)
        .slice(1)
        .flatMap(word => spread(files, word))) {
        if (known.has(one)) continue
        known.add(one)
        todo.push(one)
      }
    }
  }
  return { kind: 'loader', paths: [...known].filter(path => !USUAL.test(path)), read: loaderLines }
}

const spread = (files: HostFiles, word: string): string[] => {
  const path = word.startsWith('/') ? word : `/etc/${word}`
  const [above, name] = [path.slice(0, path.lastIndexOf('/')), path.slice(path.lastIndexOf('/') + 1)]
  // A glob in the name of a directory is nothing that any package has.
  if (/[*?[]/.test(above) || path.length > 1_024) {
    files.count.skip('include')
    return []
  }
  if (!/[*?[]/.test(name)) return [path]
  const pattern = patternOf(name)
  if (pattern === undefined) {
    files.count.skip('include')
    return []
  }
  return files
    .list(above || '/')
    .filter(one => pattern.test(one))
    .map(one => `${above}/${one.toString('latin1')}`)
}

/** Undefined where the host's own words are no glob. */
const patternOf = (name: string): Pattern | undefined => {
  try {
    return compileGlob(Buffer.from(name, 'latin1').toString().replace(/[{}]/g, '\\$&'), 'path')
  } catch {
    return undefined
  }
}
