import { CaseFile } from '../../console/answers/case-file.ts'
import type { OpenCase } from '../../console/answers/standing.ts'
import { makeOutput } from '../../src/cli/out.ts'
import type { AnswerHeader } from '../../src/documents/answer.ts'
import type { Parcel } from '../../src/mesh/sync/ports.ts'
import type { Identity } from '../../src/trust/identity.ts'
import { makeSealKey, sealAnswer } from '../../src/trust/seal.ts'
import { NOW, signedByMachine, type TestAgent, type TestMesh } from './mesh.ts'

export const ACTION = 'c'.repeat(64)
export const sealing = makeSealKey()

type Header = AnswerHeader & { kind: 'gumshoe/answer/1' }

/** What a host puts: any plaintext, sealed by this agent; `change` alters the header afterwards, which this key then signs. */
export const answerOf = (
  mesh: TestMesh,
  author: Identity,
  plaintext: Uint8Array,
  place: Partial<Pick<AnswerHeader, 'op' | 'seq' | 'part' | 'last'>> = {},
  change: Partial<Header> = {},
  signer: Identity = author
): Parcel & { readonly header: Header } => {
  const { op = 'o1', seq = 1, part = 0, last = true } = place
  const at = { mesh: mesh.mesh, action: ACTION, op, agent: author.peer, seq, part }
  const { body, digest, length, commit } = sealAnswer(sealing.publicKey, at, plaintext)
  const header: Header = {
    kind: 'gumshoe/answer/1',
    ...at,
    time: NOW,
    last,
    charter: 1,
    digest,
    length,
    commit,
    ...change
  }
  return { header, body, envelope: signedByMachine(header, signer) }
}

/** The case of one question of the file module, for these members. */
export const openTestCase = (mesh: TestMesh, members: readonly TestAgent[]): OpenCase => {
  const peers = members.map(({ identity }) => identity.peer)
  const params = { searches: [{ label: 's1', paths: ['/srv'], names: ['x'] }] }
  return {
    id: ACTION,
    action: mesh.action({ operations: [{ id: 'o1', module: 'file/1', params }] }),
    envelope: new Uint8Array(),
    hosts: [],
    targeted: peers,
    file: new CaseFile(mesh.mesh, ACTION, sealing.privateKey, new Set(peers)),
    cancelled: undefined,
    by: [],
    dropped: []
  }
}

/** Everything that `show` writes with such an output. */
export const written = (
  how: { readonly terminal: boolean; readonly json: boolean },
  show: (output: ReturnType<typeof makeOutput>) => void
): string => {
  let text = ''
  const write = (more: string): boolean => {
    text += more
    return true
  }
  const out = how.terminal
    ? ({ isTTY: true, columns: 120, write } as const)
    : ({ isTTY: false as never, columns: 0, write } as const)
  show(makeOutput({ json: how.json }, { out, err: { write }, environment: { NO_COLOR: '1' } }))
  return text
}
