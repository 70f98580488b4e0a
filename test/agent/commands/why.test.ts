import assert from 'node:assert/strict'
import { test } from 'node:test'
import { why } from '../../../agent/commands/why.ts'
import { layout } from '../../../agent/home.ts'
import { type Event, Records } from '../../../agent/records.ts'
import { LINES } from '../../../console/views/lines.ts'
import { withResultsTo } from '../../../src/cli/out.ts'
import { testDirectory } from '../../support/directory.ts'
import { testClock } from '../../support/mesh.ts'

const ASKED = {
  action: 'a1'.repeat(32),
  persons: ['julien', 'sonia'],
  modules: ['file/1'],
  disclosure: 'clear'
} as const
const ANSWERED = { action: ASKED.action, op: 'o1', state: 'done', rows: 1, bytes: 1_148, id: 'c1'.repeat(32) }

/** One event of every sort. */
const EVENTS: readonly Event[] = [
  { what: 'start' },
  { what: 'charter', version: 3 },
  { what: 'run', ...ASKED, purpose: 'weekly check' },
  { what: 'answered', ...ANSWERED, verdict: 'yes' },
  { what: 'delivered', action: ASKED.action, id: ANSWERED.id, nodes: 2 },
  { what: 'refused', ...ASKED, code: 'disclosure-off' },
  { what: 'dropped', ...ANSWERED, code: 'limit-rows' },
  { what: 'turned-away', kind: 'gumshoe/action/1', code: 'quorum' },
  { what: 'cancelled', action: ASKED.action },
  { what: 'stop' }
]

const toldIn = async (home: string, json: boolean): Promise<string> => {
  let out = ''
  const sink = {
    isTTY: false,
    columns: 100,
    write: (text: string | Uint8Array) => {
      out += String(text)
      return true
    }
  }
  await withResultsTo(sink, async () => await why.handler({ home, json, _: [], $0: '' }))
  return out
}

test('every event of the ledger is a line by its schema; a person reads what was asked and what left', async () => {
  const home = testDirectory()
  const records = new Records(layout(home).records, testClock)
  for (const event of EVENTS) records.add(event)
  const lines = (await toldIn(home, true)).trimEnd().split('\n')
  const read = lines.map(line => LINES.event.parse(JSON.parse(line)))
  assert.deepEqual(read.map(({ what }) => what).sort(), EVENTS.map(({ what }) => what).sort())
  const table = await toldIn(home, false)
  assert.match(table, /^when\twhat\taction\t/)
  assert.match(table, /\tanswered\ta1a1a1a1a1a1\t\t\t\to1: done yes, 1 row\t1148$/m)
})
