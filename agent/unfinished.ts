import type { AnswerBody } from '../src/documents/body.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import { readAction } from '../src/documents/read.ts'
import { codeOf, type ErrorCode, isErrorCode } from '../src/errors.ts'
import type { Log } from '../src/log.ts'
import { isStanding } from '../src/modules/standing.ts'
import type { Decision } from '../src/trust/gate-context.ts'
import type { Memory } from './memory.ts'
import type { Replies } from './reply.ts'

export interface UnfinishedComponents {
  readonly memory: Memory
  readonly replies: Pick<Replies, 'send'>
  /** True for what is under way in this life of the process. */
  isActive(id: string): boolean
  /** Goes on with what stands or has not begun, where it may; otherwise says why not, or that it is not known yet. */
  goOn(envelope: Uint8Array): Promise<ErrorCode | 'goes-on' | 'later'>
  readonly log: Log
}

/**
 * Answers what was decided and not answered to its end, because the process died or the disk was full: a run is
 * `interrupted` and never run twice, a refusal gets its answer. What stands goes on, and what only waited for what it names is
 * taken up again, where the charter still bears it.
 */
export const finishUnfinished = async (
  ids: readonly string[],
  components: UnfinishedComponents
): Promise<void> => {
  for (const id of ids)
    try {
      await finish(id, components)
    } catch (error) {
      // A later round tries again; those that come after it are answered now.
      components.log('error', 'not-answered', { action: id, code: codeOf(error) })
    }
}

const finish = async (
  id: string,
  { memory, replies, isActive, goOn, log }: UnfinishedComponents
): Promise<void> => {
  const envelope = memory.envelope(id)
  if (envelope === undefined || isActive(id)) return
  const action = readAction(decodeEnvelope(envelope).bytes)
  const left = action.operations.filter(({ id: op }) => !memory.isEnded(id, op))
  const decision = memory.decided(id)!
  const waits = memory.waits(id)
  const mayGoOn = (module: string) => decision === 'run' && (waits || isStanding(module))
  const said = left.some(({ module }) => mayGoOn(module)) ? await goOn(envelope) : 'later'
  for (const { id: op, module } of left) {
    if (mayGoOn(module) && (said === 'goes-on' || said === 'later')) continue
    const ended = mayGoOn(module) ? (said as ErrorCode) : undefined
    log('warn', 'finished', { action: id, op, decision: ended ?? decision })
    const body =
      ended === undefined ? bodyWithout(decision) : endedBody(ended, waits, memory.told(id, op)?.rows)
    await replies.send({ id, action, op, body })
  }
}

/** What stood, and may not go on: its window was over before we were back, or nobody bears it any more. */
const endedBody = (code: ErrorCode, waits: boolean, rows = 0): AnswerBody => {
  // It never ran, so no word is said of what there is.
  if (waits && code === 'expired') return { state: 'error', code: 'attachment-missing', rows: [] }
  if (waits) return { state: 'cancelled', code, rows: [] }
  return {
    ...(code === 'expired' ? { state: 'interrupted', code: 'interrupted' } : { state: 'cancelled', code }),
    verdict: rows > 0 ? 'yes' : 'partial',
    rows: []
  }
}

/** The answer of an operation that did not run, or whose run nobody knows the end of. */
export const bodyWithout = (decision: Decision): AnswerBody => {
  if (decision === 'run') return { state: 'interrupted', code: 'interrupted', rows: [] }
  const state = decision === 'cancelled' ? 'cancelled' : 'refused'
  return { state, code: isErrorCode(decision) ? decision : 'internal', rows: [] }
}
