import { readFileSync } from 'node:fs'
import { decodeCharterFile } from '../../../src/documents/charter-file.ts'
import { CharterChain } from '../../../src/trust/charter-chain.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { testKeeper } from '../../support/keeper.ts'
import { testMember } from '../../support/members.ts'
import { NOW, type TestMesh } from '../../support/mesh.ts'
import { staysUntilTold, wordsOf } from '../fleet/worker.ts'

/** A bootstrap node with its judge and its store; at the door it lets in whoever says that he is a member. Argument: the charters. */
const chain = await CharterChain.open(decodeCharterFile(new Uint8Array(readFileSync(process.argv[2]!))), NOW)
const closing: (() => unknown)[] = []
const after = (close: () => unknown) => void closing.push(close)
const { judge } = await testKeeper(
  { after } as never,
  { chain, nodes: [makeIdentity()] } as unknown as TestMesh
)
const member = await testMember({ role: 'node', judgeGossip: (topic, data) => judge.judge(topic, data) })
await wordsOf(() => true, member.addresses()[0])
await staysUntilTold()
await member.stop()
for (const close of closing.reverse()) await close()
