import { randomBytes } from 'node:crypto'
import { sha256 } from '../../src/codec.ts'
import type { AnswerHeader, Presence } from '../../src/documents/answer.ts'
import { decodeEnvelope, documentId } from '../../src/documents/envelope.ts'
import type { Parcel } from '../../src/mesh/sync/ports.ts'
import type { Identity } from '../../src/trust/identity.ts'
import { NOW, signedByMachine, type TestAgent, type TestMesh } from './mesh.ts'

/** A part of an answer with a body of random bytes, signed by this identity. */
export const makeAnswer = (
  mesh: TestMesh,
  identity: Identity,
  action: string,
  change: Partial<AnswerHeader> = {},
  body: Uint8Array = new Uint8Array(randomBytes(1_024))
): { id: string; parcel: Parcel } => {
  const envelope = signedByMachine(
    {
      kind: 'gumshoe/answer/1',
      mesh: mesh.mesh,
      action,
      op: 'o1',
      agent: identity.peer,
      seq: 1,
      time: NOW,
      part: 0,
      last: true,
      charter: mesh.charter.version,
      digest: sha256(body),
      length: body.length,
      commit: new Uint8Array(randomBytes(32)),
      ...change
    },
    identity
  )
  return { id: idOf(envelope), parcel: { envelope, body } }
}

export const makePresence = (
  mesh: TestMesh,
  { identity, grantId }: TestAgent,
  counter: number,
  change: Partial<Presence> = {}
): { id: string; parcel: Parcel } => {
  const envelope = signedByMachine(
    {
      kind: 'gumshoe/presence/1',
      mesh: mesh.mesh,
      peer: identity.peer,
      counter,
      time: NOW,
      charter: mesh.charter.version,
      version: '0.1.0',
      state: 'up',
      grant: grantId,
      facts: new Uint8Array(64),
      addresses: [],
      ...change
    },
    identity
  )
  return { id: idOf(envelope), parcel: { envelope } }
}

export const makeDropped = (
  mesh: TestMesh,
  identity: Identity,
  action: string,
  seq: number
): { id: string; parcel: Parcel } => {
  const envelope = signedByMachine(
    {
      kind: 'gumshoe/dropped/1',
      mesh: mesh.mesh,
      agent: identity.peer,
      seq,
      dropped: 'dd'.repeat(32),
      action,
      time: NOW
    },
    identity
  )
  return { id: idOf(envelope), parcel: { envelope } }
}

/** The sealing key for one reader, put by this console. */
export const makeKeywrap = (
  mesh: TestMesh,
  console: Identity,
  voucher: Uint8Array,
  action: string,
  reader: string
): { id: string; parcel: Parcel } => {
  const envelope = signedByMachine(
    {
      kind: 'gumshoe/keywrap/1',
      mesh: mesh.mesh,
      action,
      reader,
      box: new Uint8Array(randomBytes(300)),
      voucher
    },
    console
  )
  return { id: idOf(envelope), parcel: { envelope } }
}

export const idOf = (envelope: Uint8Array): string => documentId(decodeEnvelope(envelope).bytes)
