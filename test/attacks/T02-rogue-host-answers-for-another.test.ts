import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { sha256 } from '../../src/codec.ts'
import type { AnswerHeader } from '../../src/documents/answer.ts'
import { decodeEnvelope, encodeEnvelope } from '../../src/documents/envelope.ts'
import { write } from '../../src/documents/write.ts'
import type { Identity } from '../../src/trust/identity.ts'
import { judgeCard } from '../../src/trust/membership.ts'
import { makeSealKey, openAnswer, sealAnswer } from '../../src/trust/seal.ts'
import { verifyBody, verifyHeader } from '../../src/trust/verify-machine.ts'
import { makeTestMesh, NOW, signedByMachine, type TestAgent, type TestMesh } from '../support/mesh.ts'

/**
 * T2. A rogue host answers in the name of another one, or passes another's answer off as its own. Expected: what is
 * believed of a host was signed by that host's key, and sealed by it for this place.
 */

const ACTION = 'c'.repeat(64)
const sealing = makeSealKey()
let mesh: TestMesh
let agents: TestAgent[]
before(async () => {
  mesh = await makeTestMesh()
  agents = await Promise.all([mesh.enrol(), mesh.enrol(), mesh.enrol()])
})

interface Answer {
  header: AnswerHeader & { kind: 'gumshoe/answer/1' }
  body: Uint8Array
}

/** What an agent says about itself: its own peer id is the text, so that a mis-attribution shows. */
const answerOf = ({ peer }: Identity): Answer => {
  const place = { mesh: mesh.mesh, action: ACTION, op: 'o1', agent: peer, seq: 1, part: 0 }
  const { body, digest, length, commit } = sealAnswer(
    sealing.publicKey,
    place,
    new TextEncoder().encode(peer)
  )
  return {
    header: { kind: 'gumshoe/answer/1', ...place, time: NOW, last: true, charter: 1, digest, length, commit },
    body
  }
}

/** A collector in short: whose answer it is, and what it says. Throws where it is not believed. */
const collect = (raw: Uint8Array, body: Uint8Array): { agent: string; says: string } => {
  const { document } = verifyHeader(raw, mesh.mesh)
  verifyBody(document, body)
  return {
    agent: document.agent,
    says: new TextDecoder().decode(openAnswer(sealing.privateKey, document, body))
  }
}

test('three hosts cross-sign and cross-send: no row is shown as another host’s', () => {
  const believed: { agent: string; says: string }[] = []
  const refused: string[] = []
  for (const { identity: signer } of agents)
    for (const { identity: named } of agents)
      for (const { identity: author } of agents) {
        const theirs = answerOf(author)
        const header = { ...theirs.header, agent: named.peer }
        try {
          believed.push(collect(signedByMachine(header, signer), theirs.body))
        } catch (error) {
          refused.push((error as { code: string }).code)
        }
      }
  assert.deepEqual(
    believed,
    agents.map(({ identity: { peer } }) => ({ agent: peer, says: peer }))
  )
  assert.equal(refused.length, 27 - 3)
  assert.ok(
    refused.every(code => code === 'bad-signature' || code === 'malformed'),
    `${refused}`
  )
})

test('the signature of another document, or of another field, is none', () => {
  const [one, two] = agents.map(({ identity }) => identity)
  const { header, body } = answerOf(one!)
  const good = signedByMachine(header, one!)
  collect(good, body)
  const { signatures } = decodeEnvelope(good)
  for (const change of [
    { agent: two!.peer },
    { action: 'd'.repeat(64) },
    { op: 'o2' },
    { seq: 2 },
    { part: 1 }
  ]) {
    const bytes = write({ ...header, ...change })
    assert.throws(() => collect(encodeEnvelope({ bytes, signatures }), body), { code: 'bad-signature' })
  }
})

test('a body moved to another place of the same host’s chain does not open', () => {
  const [one] = agents.map(({ identity }) => identity)
  const { header, body } = answerOf(one!)
  for (const change of [{ op: 'o2' }, { seq: 2 }, { part: 1 }, { action: 'd'.repeat(64) }])
    assert.throws(() => collect(signedByMachine({ ...header, ...change }, one!), body))
  const swapped = Uint8Array.from(body)
  swapped[99]! ^= 1
  const resigned = { ...header, digest: sha256(swapped) }
  assert.throws(() => collect(signedByMachine(resigned, one!), swapped))
})

test('nobody gets through the door with another host’s card', async () => {
  const [one, two] = agents
  await assert.rejects(judgeCard(one!.card, two!.identity.peer, mesh.chain, NOW), { code: 'not-a-member' })
})
