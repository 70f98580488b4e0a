import { setImmediate as breathe } from 'node:timers/promises'
import { codeOf } from '../../../errors.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { byDescriptor } from '../host/by-descriptor.ts'
import { byPath } from '../host/by-path.ts'
import { modeText } from '../host/mode.ts'
import { chunksOf, type ReadBudget } from '../host/read.ts'
import { Walk } from '../host/walk.ts'
import type { WalkCount, WalkedFile } from '../host/walked.ts'
import { keyLines } from './ssh-lines.ts'
import { privateKeysIn } from './ssh-private.ts'
import type { PublicKey } from './ssh-public.ts'
import { KEY_PATHS, type KeyKind, type SshkeyParams } from './sshkey-params.ts'

/** What is larger is no key file, but for lists of known hosts: those of a whole company have some MB. */
const MOST = 1 << 20
const MOST_LISTS = 64 << 20
const LISTS = /^(known_hosts|authorized_keys)/

/** SSH keys under some paths: what they are, never what is in them. */
export async function* runSshkeys(params: SshkeyParams, host: Host): AsyncGenerator<Row, Outcome> {
  const { root, limits, files } = host
  const found = new FoundRows(host, ['keys'])
  const budget: ReadBudget = { left: limits.readBytes }
  const walk = new Walk(
    {
      root,
      openRoot: files === undefined ? byPath : byDescriptor(files),
      entries: limits.entries,
      crossDevices: true,
      kinds: new Set(),
      named: params.paths.some(path => !KEY_PATHS.some(usual => usual === path))
    },
    [{ paths: params.paths.map(path => Buffer.from(path)), maxDepth: params.maxDepth }]
  )
  for (const file of found.ended ? [] : walk.files()) {
    if (file === undefined) await breathe()
    else
      try {
        if (!walk.refuses(file))
          for (const row of rowsOf(file, budget, params, walk.count)) {
            if (!found.take('keys', row)) break
            yield row
          }
      } catch (error) {
        if (codeOf(error) === 'limit-bytes') found.end('limit-bytes')
        else walk.count.missed(error)
      }
    if (found.ended) break
  }
  if (walk.limit !== undefined) found.end(walk.limit)
  return found.outcome(walk.count)
}

const textOf = (file: WalkedFile, budget: ReadBudget): string => {
  const open = file.open()
  try {
    let text = ''
    for (const chunk of chunksOf(open, budget)) text += chunk.toString('latin1')
    return text
  } finally {
    open.close()
  }
}

function* rowsOf(
  file: WalkedFile,
  budget: ReadBudget,
  params: SshkeyParams,
  count: WalkCount
): Generator<Row> {
  const name = file.name.toString('latin1')
  const most = LISTS.test(name) ? MOST_LISTS : MOST
  if (file.status.size > most || file.status.size === 0) return
  const text = textOf(file, budget)
  const about = { path: new Uint8Array(file.path), mode: modeText(file.status.mode) }
  if (text.includes('PRIVATE KEY-----'))
    for (const { format, encrypted, key, type, at } of privateKeysIn(text)) {
      const holds = wanted(params, 'private', key, encrypted, type)
      if (!holds && mayBeWanted(params, key, encrypted, type)) count.skip('dark-key')
      const line = holds ? lineAt(text, at) : 0
      const told: Row = key === undefined ? (type === undefined ? {} : { type }) : { ...key }
      if (holds) yield { kind: 'private', ...about, line, ...told, format, encrypted }
    }
  if (/ssh-|ecdsa-sha2-/.test(text))
    for (const { line, key, before } of keyLines(text)) {
      const kind = kindOf(name, before)
      if (wanted(params, kind, key, undefined)) yield { kind, ...about, line, ...key }
    }
}

const lineAt = (text: string, at: number): number => {
  let line = 1
  for (let end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', end + 1)) line++
  return line
}

/** What a line is there for, by the name of its file as OpenSSH has it. */
const kindOf = (name: string, before: boolean): KeyKind => {
  if (name.startsWith('authorized_keys')) return 'authorised'
  if (/^(ssh_)?known_hosts/.test(name)) return 'known'
  return before && !name.endsWith('.pub') ? 'authorised' : 'public'
}

const wanted = (
  params: SshkeyParams,
  kind: KeyKind,
  key: PublicKey | undefined,
  encrypted: boolean | undefined,
  label?: string
): boolean => {
  if (params.kinds?.includes(kind) === false) return false
  if (params.encrypted !== undefined && params.encrypted !== encrypted) return false
  const type = (key?.type ?? label ?? '').replace(/^sk-|-cert$|-p\d+/g, '')
  if (params.types && !params.types.some(one => one === type)) return false
  // The type alone condemns a DSA key that nobody can read.
  if (params.weak && key?.weak === undefined && type !== 'dsa') return false
  if (params.sha256 === undefined && params.md5 === undefined) return true
  return key !== undefined && (params.sha256?.includes(key.sha256) || params.md5?.includes(key.md5)) === true
}

/** Whether a private key that keeps to itself what it is might be one that is asked for: then a "no" is none. */
const mayBeWanted = (
  { sha256, md5, ...others }: SshkeyParams,
  key: PublicKey | undefined,
  encrypted: boolean,
  label: string | undefined
): boolean => {
  if (key !== undefined) return false
  const { weak, types, ...rest } = others
  // What its label tells, it does not keep to itself.
  const known = label !== undefined && types !== undefined && !types.includes(label as (typeof types)[number])
  const asked = sha256 !== undefined || md5 !== undefined || weak === true || types !== undefined
  return asked && !known && wanted(rest, 'private', undefined, encrypted, label)
}
