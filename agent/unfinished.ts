import type { AnswerBody } from '../src/documents/body.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import { readAction } from '../src/documents/read.ts'
import { isErrorCode } from '../src/errors.ts'
import type { Log } from '../src/log.ts'
import type { Decision } from '../src/trust/gate-context.ts'
import type { Memory } from './memory.ts'
import type { Replies } from './reply.ts'

export interface UnfinishedComponents {
  readonly memory: Memory
  readonly replies: Pick<Replies, 'send'>
  /** True for what is under way in this life of the process. */
  isActive(id: string): boolean
  readonly log: Log
}

/**
 * Answers what was decided and not answered to its end, because the process died or the disk was full: a run is
 * `interrupted` and never run twice, a refusal gets its answer.
 */
export const finishUnfinished = async (
  ids: readonly string[],
  { memory, replies, isActive, log }: UnfinishedComponents
): Promise<void> => {
  for (const id of ids) {
    const envelope = memory.envelope(id)
    if (envelope === undefined || isActive(id)) continue
    const action = readAction(decodeEnvelope(envelope).bytes)
    for (const { id: op } of action.operations) {
      if (memory.isEnded(id, op)) continue
      const decision = memory.decided(id)!
      log('warn', 'finished', { action: id, op, decision })
      await replies.send({ id, action, op, body: bodyWithout(decision) })
    }
  }
}

/** The answer of an operation that did not run, or whose run nobody knows the end of. */
export const bodyWithout = (decision: Decision): AnswerBody => {
  if (decision === 'run') return { state: 'interrupted', code: 'interrupted', rows: [] }
  const state = decision === 'cancelled' ? 'cancelled' : 'refused'
  return { state, code: isErrorCode(decision) ? decision : 'internal', rows: [] }
}
