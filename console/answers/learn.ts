import { REVEAL } from '../../src/documents/action.ts'
import { GumshoeError } from '../../src/errors.ts'
import { findModule } from '../../src/modules/index.ts'
import { readReveal } from '../../src/trust/policy.ts'
import { claimedOpening } from '../../src/trust/reveal.ts'
import { type Dictionary, Gatherer } from './dictionary.ts'
import type { OpenCase } from './standing.ts'

/**
 * The words that hosts said in clear: private values of an action at `clear`, or what a reveal opened, each checked against
 * its commitment; of one host only, where one is named. Throws `usage` where the answers hold nothing in clear.
 */
export const wordsOf = (open: OpenCase, peer?: string): Dictionary => {
  const { action, file } = open
  const isClear = action.disclosure === 'clear'
  if (!isClear)
    throw new GumshoeError('usage', `These answers are ${action.disclosure}: no name in them can be read.`, {
      fix: 'Ask one host at clear (gumshoe known add HOST), or take a reveal.'
    })
  const gatherer = new Gatherer()
  for (const answer of file.answers()) {
    if (peer !== undefined && answer.peer !== peer) continue
    const operation = action.operations.find(({ id }) => id === answer.op)
    if (operation === undefined) continue
    const asked = operation.module === REVEAL ? readReveal(operation.params) : undefined
    const spec = findModule(asked?.module ?? operation.module)
    for (const row of answer.body.rows) {
      if (asked === undefined) {
        if (spec) gatherer.addRow(spec, row)
        continue
      }
      const opening = claimedOpening(asked, row)
      if (opening === undefined) continue
      // A component of a path is opened by itself.
      if (spec?.columns[opening.column]?.type === 'path') gatherer.addPath(opening.value)
      else gatherer.addValue(opening.value)
    }
  }
  return gatherer.words
}
