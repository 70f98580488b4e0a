import { z } from 'zod'
import { parseTime } from '../clock.ts'
import { fromBase64, toBase64 } from '../codec.ts'
import { LIMITS } from '../limits.ts'

/** The closed words of the house and the forms of its names. Wire formats: frozen with the first version (design 2). */

export const RISKS = ['inspect', 'sensitive', 'respond'] as const
export type Risk = (typeof RISKS)[number]

export const DISCLOSURES = ['match', 'hashed', 'clear'] as const
export type Disclosure = (typeof DISCLOSURES)[number]

/** How a host ended with an operation; a host says exactly one (design 4). */
export const STATES = ['done', 'refused', 'limit', 'interrupted', 'error', 'cancelled'] as const
export type State = (typeof STATES)[number]

/** With what the console adds about a targeted host that has not ended yet, or has said nothing. */
export const CONSOLE_STATES = [...STATES, 'running', 'silent'] as const
export type ConsoleState = (typeof CONSOLE_STATES)[number]

export const VERDICTS = ['yes', 'no', 'partial'] as const
export type Verdict = (typeof VERDICTS)[number]

export const ROLES = ['investigator', 'admin', 'reader'] as const
export type Role = (typeof ROLES)[number]

// Forms shared by the schemas.
export const nameForm = z.string().regex(/^[a-z0-9._-]{1,63}$/, 'a name is 1 to 63 of a-z 0-9 . _ -')
/** `key=value`, both names: given by enrolment only. */
export const tagForm = z
  .string()
  .regex(/^[a-z0-9._-]{1,63}=[a-z0-9._-]{1,63}$/, 'a tag is key=value of a-z 0-9 . _ -')
export const idForm = z.string().regex(/^[0-9a-f]{64}$/, 'an id is 64 lower hex digits')
/** The full primary fingerprint of an OpenPGP key, lower hex: 40 digits (v4) or 64 (v6). */
export const fingerprintForm = z
  .string()
  .regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'a fingerprint is 40 or 64 lower hex digits')
/** A libp2p peer id of an Ed25519 key in base58: its public key is inside. */
export const peerForm = z
  .string()
  .regex(/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/, 'a peer id begins with 12D3KooW')
export const timeForm = z
  .string()
  .refine(text => !Number.isNaN(parseTime(text)), 'a time is YYYY-MM-DDTHH:MM:SSZ')
/** `file/1`: a module and its major version. */
export const moduleForm = z
  .string()
  .regex(/^[a-z0-9._-]{1,63}\/[1-9][0-9]{0,3}$/, 'a module is named name/major')
/** No document has a member of the excepted name, so an operation that is called so could not be answered. */
export const opForm = z.string().regex(/^(?!__proto__$)[a-z0-9._-]{1,63}$/, 'an operation id is a name')
export const countForm = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

/** Bytes in a JSON document: base64url without padding, exactly its own canonical form, bounded. */
export const bytesForm = (max: number, exact?: number) =>
  z
    .string()
    .max(Math.ceil((max * 4) / 3))
    .refine(
      text => {
        const bytes = fromBase64(text)
        return toBase64(bytes) === text && (exact === undefined || bytes.length === exact)
      },
      exact === undefined ? 'bytes are base64url without padding' : `${exact} bytes in base64url`
    )

/** What can't be seen: control, format, private-use, unassigned, surrogates, line separators, fillers and variation selectors. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

/** People's text: NFC without anything that can't be seen, so that a co-signer sees what he signs. */
export const textForm = (max: number) =>
  z
    .string()
    .max(max)
    .refine(
      text => text.normalize('NFC') === text && !UNSEEN.test(text),
      'text is NFC without control or invisible characters'
    )

/** A sorted array without doubles: how JSON documents write a set. */
export const setOf = <T extends z.ZodType<string>>(item: T, max: number) =>
  z
    .array(item)
    .max(max)
    .refine(list => list.every((x, i) => i === 0 || list[i - 1]! < x), 'a set is sorted and has no doubles')

/** For a refinement: no two of the values are the same, so that nothing counts twice and no rule shadows another. */
export const distinct = (values: readonly string[]): boolean => new Set(values).size === values.length

/** Raw bytes in a CBOR document. */
export const rawForm = (max: number, exact?: number) =>
  z
    .custom<Uint8Array>(value => value instanceof Uint8Array, 'a byte string is expected')
    .refine(
      b => b.length <= max && (exact === undefined || b.length === exact),
      exact === undefined ? `at most ${max} bytes` : `exactly ${exact} bytes`
    )

/** Times in CBOR documents: integer ms since 1970. */
export const msForm = z.int().min(0).max(8_640_000_000_000_000)

/** A set as JSON documents want it. */
export const asSet = (items: Iterable<string>): string[] => [...new Set(items)].sort()

export const MAX_TEXT = LIMITS.noteBytes
