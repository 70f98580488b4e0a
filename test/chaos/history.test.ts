import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type History, type HostEvent, judge } from './history.ts'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)
const one = (action: string, id: string): HostEvent[] => [
  { what: 'run', action },
  { what: 'answered', action, op: 'o1', state: 'done', id },
  { what: 'delivered', action, id }
]
const kept = (action: string, id: string, agent = 'P') => ({ id, agent, action, op: 'o1' })

/** A history in which all is well, with parts of it replaced. */
const history = (change: Partial<History> & { events?: HostEvent[] } = {}): History => ({
  hosts: [{ name: 'web', peer: 'P', events: change.events ?? [...one(A, 'x'), ...one(B, 'y')] }],
  open: [A, B],
  nodes: [{ name: 'b1', answers: [kept(A, 'x'), kept(B, 'y')] }],
  shown: [{ action: A, states: new Map([['P', 'done']]) }],
  unsound: [],
  ...change
})

test('a whole history has no breach', () => assert.deepEqual(judge(history()), []))

const BAD: readonly [what: string, bad: History, says: RegExp][] = [
  [
    'a second run',
    history({ events: [...one(A, 'x'), ...one(B, 'y'), { what: 'run', action: A }] }),
    /ran aaa.* 2 times/
  ],
  [
    'a second answer',
    history({
      events: [
        ...one(A, 'x'),
        ...one(B, 'y'),
        { what: 'answered', action: A, op: 'o1', state: 'done', id: 'z' }
      ]
    }),
    /answered aaa.* 2 times/
  ],
  [
    'a run without an answer',
    history({ open: [], nodes: [], shown: [], events: [{ what: 'run', action: A }] }),
    /decided aaa.* never answered/
  ],
  [
    'a refusal without an answer',
    history({ open: [], nodes: [], shown: [], events: [{ what: 'refused', action: A }] }),
    /decided aaa.* never answered/
  ],
  ['an open action that never came', history({ open: [A, B, 'c'.repeat(64)] }), /never answered ccc/],
  [
    'a lost acknowledged answer',
    history({ nodes: [{ name: 'b1', answers: [kept(A, 'x')] }] }),
    /b1 lost 1 acknowledged/
  ],
  [
    'an answer in the name of a host that gave none',
    history({ nodes: [{ name: 'b1', answers: [kept(A, 'x'), kept(B, 'y'), kept('c'.repeat(64), 'z')] }] }),
    /in the name of web/
  ],
  [
    'an answer of nobody',
    history({ nodes: [{ name: 'b1', answers: [kept(A, 'x'), kept(B, 'y'), kept(A, 'z', 'Q')] }] }),
    /of Q, who is no host/
  ],
  [
    'another state on the screen',
    history({ shown: [{ action: A, states: new Map([['P', 'error']]) }] }),
    /shows web as error/
  ],
  [
    'no state on the screen',
    history({ shown: [{ action: A, states: new Map() }] }),
    /shows web as undefined/
  ],
  ['a document that does not verify', history({ unsound: ['b1 keeps a forged header'] }), /forged/]
]

for (const [what, bad, says] of BAD)
  test(`${what} is told`, () => {
    const breaches = judge(bad)
    assert.equal(breaches.length, 1, breaches.join('\n'))
    assert.match(breaches[0]!, says)
  })
