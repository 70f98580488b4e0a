import { type Operation, REVEAL } from '../src/documents/action.ts'
import { decodeEnvelope } from '../src/documents/envelope.ts'
import { readAction } from '../src/documents/read.ts'
import { readReveal } from '../src/trust/policy.ts'

/**
 * What is left of an action's operations when it is over: enough to tell what quorum a condition on them takes
 * (`mayLearn`), some 60 bytes each. Throws `bad-params` where a reveal is malformed.
 */
export const sketchOf = (operations: readonly Operation[]): Operation[] =>
  operations.map(({ id, module, params }) => ({
    id,
    module,
    params: module === REVEAL ? sketchOfReveal(params) : {}
  }))

const sketchOfReveal = (params: Operation['params']): Operation['params'] => {
  const reveal = readReveal(params)
  return { ...reveal, commitments: reveal.commitments.slice(0, 1) }
}

/** The same of an action as received. */
export const operationsIn = (envelope: Uint8Array): Operation[] =>
  sketchOf(readAction(decodeEnvelope(envelope).bytes).operations)
