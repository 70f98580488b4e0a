import { isFile } from '../host/file-calls.ts'
import type { HostFiles } from '../host/host-files.ts'

/** Which files of a host are logs, by their names: the file itself, and what a rotation has made of it. */

/** `syslog`, `syslog.1`, `syslog.2.gz`, `messages-20261124`, `messages-20261124-1732400000.xz`. */
const ROTATED = /^(.*?)((?:[.-]\d{1,10}){0,2})(\.(?:gz|zst|xz|bz2|lz4))?$/s
/** Logs of /var/log that have no ending of their own. */
const PLAIN = /^(?:syslog|messages|secure|maillog|cron|debug|spooler|kern|daemon|auth|user)$/
const ENDING = /\.log$/
/** Records of log-ins: wtmp(5), btmp and their rotations. */
const LOGINS = /^(?:wtmp|btmp)$/
const JOURNAL = /\.journal~?$/

/** The name that a rotated file had, as latin1. */
export const baseOf = (name: string): string => ROTATED.exec(name)?.[1] ?? name

const isText = (name: string): boolean => {
  const base = baseOf(name)
  // A rotation may put the number before the ending: auth-20261124.log.
  return PLAIN.test(base) || ENDING.test(base) || ENDING.test(name)
}

const inside = (directory: string, name: Buffer): Buffer =>
  Buffer.concat([Buffer.from(directory === '/' ? '/' : `${directory}/`, 'latin1'), name])

/** Regular files alone are logs; where a link leads to one, it is one. */
const named = (files: HostFiles, directory: string, is: (name: string) => boolean): Buffer[] =>
  files
    .list(directory)
    .filter(name => is(name.toString('latin1')))
    .map(name => inside(directory, name))
    .filter(path => {
      const status = files.look(path)
      return status !== undefined && isFile(status)
    })

export const LOG_DIRECTORY = '/var/log'

export const textLogs = (files: HostFiles): Buffer[] => named(files, LOG_DIRECTORY, isText)

export const auditLogs = (files: HostFiles): Buffer[] =>
  named(files, `${LOG_DIRECTORY}/audit`, name => ENDING.test(baseOf(name)))

export const loginLogs = (files: HostFiles): Buffer[] =>
  named(files, LOG_DIRECTORY, name => LOGINS.test(baseOf(name)))

/** Journals of this machine and of those that send theirs to it. */
export const journals = (files: HostFiles): Buffer[] =>
  ['/var/log/journal', '/run/log/journal'].flatMap(top =>
    files.list(top).flatMap(name => {
      const path = inside(top, name)
      if (JOURNAL.test(name.toString('latin1'))) return [path]
      return files.isDirectory(path) ? named(files, path.toString('latin1'), file => JOURNAL.test(file)) : []
    })
  )

/** A log that a question names, with its rotations; of a directory, all files in it. */
export const namedLogs = (files: HostFiles, path: string): Buffer[] => {
  const latin1 = Buffer.from(path).toString('latin1')
  if (files.isDirectory(latin1)) return named(files, latin1, () => true)
  const cut = latin1.lastIndexOf('/')
  const base = latin1.slice(cut + 1)
  return named(files, latin1.slice(0, cut) || '/', name => name === base || baseOf(name) === base)
}
