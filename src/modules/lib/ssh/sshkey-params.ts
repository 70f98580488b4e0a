import { z } from 'zod'
import { GumshoeError } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import type { Flag } from '../../spec.ts'
import { searchSchema } from '../files/search-params.ts'
import { checked, compact, many, strings } from '../flags.ts'

/** The parameters of `sshkey/1`, as they stand in a signed action, and the way to them from flags. */

export const KEY_KINDS = ['private', 'public', 'authorised', 'known'] as const
export type KeyKind = (typeof KEY_KINDS)[number]
export const KEY_TYPES = ['rsa', 'dsa', 'ecdsa', 'ed25519', 'ed448'] as const

/** Where keys are: homes, and sshd's own. */
export const KEY_PATHS = ['/root', '/home', '/etc/ssh'] as const
/** MIG's depth: homes are deep, and keys are not. */
const DEPTH = 8

const list = <T>(item: z.ZodType<T>) => z.array(item).min(1).max(LIMITS.checksPerSearch).optional()

export const sshkeyParams = z.strictObject({
  paths: searchSchema.shape.paths,
  maxDepth: z.int().min(1).max(LIMITS.walkDepth),
  kinds: list(z.enum(KEY_KINDS)),
  types: list(z.enum(KEY_TYPES)),
  /** As ssh-keygen -l writes them: SHA256 in base64 without `=`, MD5 in pairs of hex digits. */
  sha256: list(z.string().regex(/^[A-Za-z0-9+/]{43}$/, 'a SHA256 fingerprint has 43 characters')),
  md5: list(
    z.string().regex(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/, 'an MD5 fingerprint has 16 pairs of hex digits')
  ),
  weak: z.literal(true).optional(),
  /** Private keys alone: those that a passphrase encrypts, or those that none does. */
  encrypted: z.boolean().optional()
})
export type SshkeyParams = z.infer<typeof sshkeyParams>

export const SSHKEY_FLAGS: Record<string, Flag> = {
  path: many(`Where to look: an absolute directory or file; ${KEY_PATHS.join(', ')} otherwise`, 'Where'),
  depth: { type: 'number', doc: `How deep below each path; ${DEPTH} otherwise`, group: 'Where' },
  kind: many('What the key is there for', 'Which', KEY_KINDS),
  type: many('Type of the key', 'Which', KEY_TYPES),
  fingerprint: many('As ssh-keygen -l writes it: SHA256:… or MD5:…', 'Which'),
  weak: {
    type: 'boolean',
    doc: 'Weak keys: DSA, RSA below 2,048 bits or with the exponent 1',
    group: 'Which'
  },
  encrypted: { type: 'boolean', doc: 'Private keys with a passphrase', group: 'Which' },
  unencrypted: { type: 'boolean', doc: 'Private keys without a passphrase', group: 'Which' }
}

const FLAG_OF: Record<string, string> = {
  paths: 'path',
  maxDepth: 'depth',
  kinds: 'kind',
  types: 'type',
  sha256: 'fingerprint',
  md5: 'fingerprint'
}

/** Typed flags → parameters. Throws `bad-params` naming the flag and what it wants. */
export const sshkeyFromFlags = (flags: Record<string, unknown>): SshkeyParams => {
  if (flags['encrypted'] && flags['unencrypted'])
    throw new GumshoeError('bad-params', '--encrypted and --unencrypted do not go together.')
  const prints = strings(flags, 'fingerprint')?.map(value => {
    const md5 = /^(?:MD5:)?((?:[0-9a-f]{2}:?){16})$/i.exec(value)?.[1]
    if (md5 !== undefined)
      return {
        md5: md5
          .toLowerCase()
          .replaceAll(':', '')
          .replace(/..(?=.)/g, '$&:')
      }
    return { sha256: value.replace(/^SHA256:/, '').replace(/=$/, '') }
  })
  const some = (values: readonly (string | undefined)[] | undefined) => {
    const given = values?.filter(value => value !== undefined)
    return given?.length ? given : undefined
  }
  const params = compact({
    paths: strings(flags, 'path')?.map(path => path.replace(/(.)\/+$/, '$1')) ?? [...KEY_PATHS],
    maxDepth: flags['depth'] ?? DEPTH,
    kinds: strings(flags, 'kind'),
    types: strings(flags, 'type'),
    sha256: some(prints?.map(print => print.sha256)),
    md5: some(prints?.map(print => print.md5)),
    weak: flags['weak']
  })
  const encrypted = flags['encrypted'] ? { encrypted: flags['encrypted'] } : {}
  const open = flags['unencrypted']
    ? { encrypted: flags['unencrypted'] === true ? false : flags['unencrypted'] }
    : {}
  return checked(sshkeyParams, { ...params, ...encrypted, ...open }, FLAG_OF)
}

/** The question in words, for the preview. */
export const saySshkey = (params: SshkeyParams): string => {
  const prints = [
    ...(params.sha256 ?? []).map(print => `SHA256:${print}`),
    ...(params.md5 ?? []).map(print => `MD5:${print}`)
  ]
  const words = [
    ...(params.weak ? ['weak'] : []),
    ...(params.encrypted === undefined ? [] : [params.encrypted ? 'encrypted' : 'unencrypted']),
    ...(params.types ? [params.types.join(' or ')] : []),
    ...(params.kinds ? [params.kinds.join(' or ')] : [])
  ]
  const named = prints.length > 0 ? ` with the fingerprint ${prints.join(' or ')}` : ''
  return `${words.join(' ')} SSH keys under ${params.paths.join(', ')}${named}. Changes nothing; no key is returned.`.trim()
}

export const sshkeyLiterals = (params: SshkeyParams): string[] => [
  ...new Set([...params.paths, ...(params.sha256 ?? []), ...(params.md5 ?? [])])
]
