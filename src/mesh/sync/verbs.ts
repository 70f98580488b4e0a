import { z } from 'zod'
import { idForm, peerForm, rawForm } from '../../documents/vocabulary.ts'
import { sayWrong, wrongIn } from '../../documents/wrong.ts'
import { GumshoeError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'

/**
 * `/gumshoe/sync/1`: `[verb, request, argument?]`, answered `['ok', request, result?]` or `['error', request, code,
 * message]`. Each side opens a stream of its own for what it asks, so the opener's numbers are odd on every stream. The
 * first frame of a stream is `hello`, or `follow` on a stream that is for it alone.
 */
export const SYNC = '/gumshoe/sync/1'

/** Ids in one frame: 66 bytes each. */
export const IDS = 10_000

const parcelForm = z.strictObject({
  envelope: rawForm(LIMITS.frameBytes + LIMITS.signatures * LIMITS.signatureBytes),
  body: rawForm(LIMITS.bodyBytes).optional()
})
const cursorForm = z.strictObject({
  node: peerForm,
  incarnation: z.string().max(64),
  sequence: z.int().min(0)
})
const helloForm = z.strictObject({ charterVersion: z.int().min(0), charterId: z.string().max(64) })
const offsetForm = z.int().min(0).max(LIMITS.attachmentBytes)
const ids = z.array(idForm).max(IDS)

/** What each verb takes and gives. A frame that does not fit is a broken protocol. */
export const VERBS = {
  hello: { ask: helloForm, reply: helloForm },
  put: {
    ask: parcelForm,
    reply: z.union([
      z.strictObject({ receipt: rawForm(LIMITS.smallBytes) }),
      z.strictObject({ refused: z.string().max(64), message: z.string().max(2_000) })
    ])
  },
  want: { ask: idForm, reply: z.union([parcelForm, z.literal(false)]) },
  putChunk: {
    ask: z.strictObject({ attachment: idForm, offset: offsetForm, chunk: rawForm(LIMITS.chunkBytes) }),
    reply: z.strictObject({ next: offsetForm })
  },
  wantChunk: {
    ask: z.strictObject({ attachment: idForm, offset: offsetForm }),
    reply: z.union([rawForm(LIMITS.chunkBytes), z.literal(false)])
  },
  charters: {
    ask: z.int().min(0),
    reply: z.array(rawForm(LIMITS.charterBytes + LIMITS.signatures * LIMITS.signatureBytes)).max(64)
  },
  open: {
    ask: z.strictObject({ topics: z.array(z.string().max(200)).max(64), have: ids }),
    reply: z.strictObject({ missing: ids, cancels: z.array(rawForm(LIMITS.smallBytes)).max(IDS) })
  },
  head: {
    ask: z.literal(true),
    reply: z.union([z.strictObject({ seq: z.int().min(0), id: idForm, actions: ids }), z.literal(false)])
  },
  neighbours: { ask: z.literal(true), reply: z.array(z.string().max(256)).max(64) },
  present: {
    ask: z.literal(true),
    reply: z.strictObject({ peers: z.array(peerForm).max(IDS), whole: z.boolean() })
  },
  follow: {
    ask: z.strictObject({
      filter: z.strictObject({
        kinds: z.array(z.string().max(64)).max(32).optional(),
        action: idForm.optional(),
        untilNow: z.boolean().optional()
      }),
      cursors: z.array(cursorForm).max(64)
    }),
    reply: z.union([
      z.strictObject({
        cursor: cursorForm,
        kind: z.string().max(64),
        id: idForm,
        parcel: parcelForm,
        live: z.boolean()
      }),
      z.strictObject({ cursor: cursorForm, caughtUp: z.literal(true) })
    ])
  }
} as const

export type Verb = keyof typeof VERBS
export type Ask<V extends Verb> = z.infer<(typeof VERBS)[V]['ask']>
export type Reply<V extends Verb> = z.infer<(typeof VERBS)[V]['reply']>

export const isVerb = (text: unknown): text is Verb => typeof text === 'string' && Object.hasOwn(VERBS, text)

/** Checks an argument or a result by its form; `protocol` names the verb where it does not fit. */
export const fit = <T>(form: z.ZodType<T>, value: unknown, verb: string): T => {
  const result = form.safeParse(value)
  if (result.success) return result.data
  const wrong = wrongIn(result.error)
  throw new GumshoeError(
    'protocol',
    `A frame of ${verb} does not have its form: ${sayWrong(wrong.path.join('.') || 'all of it', wrong)}`
  )
}
