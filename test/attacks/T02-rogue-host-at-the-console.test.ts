import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { OpenCase } from '../../console/answers/standing.ts'
import { resultOf } from '../../console/views/result.ts'
import { showResult } from '../../console/views/result-screen.ts'
import { encodeCbor } from '../../src/codec.ts'
import type { AnswerHeader } from '../../src/documents/answer.ts'
import type { Parcel } from '../../src/mesh/sync/ports.ts'
import type { Identity } from '../../src/trust/identity.ts'
import { answerOf, openTestCase, written } from '../support/hostile.ts'
import { makeTestMesh, NOW, type TestAgent, type TestMesh } from '../support/mesh.ts'

/**
 * T2 at the end where it counts: what an investigator is shown. Three hosts sign each other's answers, name each other and
 * send each other's bodies, in every combination and in any order. Expected: no row stands under a host that did not say it.
 */

let mesh: TestMesh
let agents: TestAgent[]
before(async () => {
  mesh = await makeTestMesh()
  agents = await Promise.all([mesh.enrol(), mesh.enrol(), mesh.enrol()])
})

interface Offer {
  readonly parcel: Parcel
  /** The header names its signer, and the body was sealed for its place: only such a one may be believed. */
  readonly honest: boolean
}

const said = ({ peer }: Identity) => encodeCbor({ state: 'done', verdict: 'yes', rows: [{ mode: peer }] })

/** Every signer × every named × every author: with the body that the author sealed for its own place, and with one that the signer made up for the place of the named. */
const offers = (): Offer[] => {
  const ids = agents.map(({ identity }) => identity)
  return ids.flatMap(signer =>
    ids.flatMap(named =>
      ids.flatMap((author): Offer[] => {
        const stolen = answerOf(mesh, author, said(author))
        const change: Partial<AnswerHeader> = { ...stolen.header, agent: named.peer }
        const resigned = answerOf(mesh, author, said(author), {}, change, signer)
        const madeUp = answerOf(mesh, named, said(signer), {}, {}, signer)
        return [
          {
            parcel: { envelope: resigned.envelope, body: stolen.body! },
            honest: signer === named && named === author
          },
          { parcel: madeUp, honest: signer === named }
        ]
      })
    )
  )
}

/** A row says who wrote it: one that stands under somebody else is mis-attributed. */
const misattributed = (open: OpenCase): string[] => {
  const text = written({ terminal: false, json: true }, output =>
    showResult(resultOf(open, 'a1', {}, NOW), output)
  )
  const records = text
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
  const rows = records.filter(({ type }) => type === 'row').map(({ host, mode }) => [host.id, mode])
  const values = records
    .filter(({ type }) => type === 'value')
    .flatMap(({ hosts, mode }) => hosts.map(({ id }: { id: string }) => [id, mode]))
  return [...rows, ...values].filter(([host, author]) => host !== author).map(String)
}

const shuffled = <T>(items: readonly T[], seed: number): T[] =>
  items
    .map((item, i) => ({ item, order: Math.imul(i + 1, 2_654_435_761 + seed * 40_503) >>> 0 }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)

test('every way of signing and sending each other’s answers shows no row under another host', () => {
  const all = offers()
  for (let seed = 0; seed < 8; seed++) {
    const open = openTestCase(mesh, agents)
    const believed = shuffled(all, seed).filter(({ parcel }) => open.file.take(parcel) !== undefined)
    assert.ok(believed.every(({ honest }) => honest))
    assert.deepEqual(misattributed(open), [], `order ${seed}`)
    assert.equal(open.file.answers().length, 3, 'and each host is heard')
    assert.equal(open.file.discarded.length, all.length - believed.length, 'whatever else came is told')
  }
})

test('the look at rows does see one that stands under another host', () => {
  const open = openTestCase(mesh, agents)
  const [one, two] = agents.map(({ identity }) => identity)
  open.file.take(answerOf(mesh, one!, said(two!)))
  assert.deepEqual(misattributed(open), Array(2).fill(`${one!.peer},${two!.peer}`))
})
