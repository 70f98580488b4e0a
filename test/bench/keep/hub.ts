import { readFileSync } from 'node:fs'
import { decodeCbor } from '../../../src/codec.ts'
import { CharterChain } from '../../../src/trust/charter-chain.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { testKeeper } from '../../support/keeper.ts'
import { testMember } from '../../support/members.ts'
import { NOW, type TestMesh } from '../../support/mesh.ts'
import { staysUntilTold, wordsOf } from '../fleet/worker.ts'

/** What the hub is to know: its charters, its members' cards by peer, the action that they answer. */
export interface HubFile {
  readonly charters: readonly Uint8Array[]
  readonly cards: readonly (readonly [card: Uint8Array, peer: string])[]
  readonly action: Uint8Array
}

const { charters, cards, action } = decodeCbor(new Uint8Array(readFileSync(process.argv[2]!))) as HubFile
const chain = await CharterChain.open([...charters], NOW)
const closing: (() => unknown)[] = []
const after = (close: () => unknown) => void closing.push(close)
const mesh = { chain, nodes: [makeIdentity()] } as unknown as TestMesh
const { enrolments, keeper, port } = await testKeeper({ after } as never, mesh)
for (const [card, peer] of cards) await enrolments.judge(card, peer)
await keeper.put('console', { envelope: action })
const member = await testMember({ role: 'node', port })
await wordsOf(() => true, member.addresses()[0])
await staysUntilTold()
await member.stop()
for (const close of closing.reverse()) await close()
