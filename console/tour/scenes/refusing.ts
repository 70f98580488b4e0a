import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeEnvelope, documentId } from '../../../src/documents/envelope.ts'
import { decodeSaved } from '../../admin/saved.ts'
import { linesOf, type TourMesh } from '../mesh.ts'
import { putAnyway, signedByStranger, withOneByteChanged } from '../rogue.ts'
import type { Stage } from '../stage.ts'

export const clearTakesTwo = async (stage: Stage, mesh: TourMesh): Promise<void> => {
  stage.scene('5. Clear takes two; strangers and altered bytes run nowhere')
  const at = (file: string) => join(stage.fleet.directory, file)
  const question = [
    'file',
    '--path',
    '/etc',
    '--name',
    '^passwd$',
    '-t',
    'role=web',
    '--clear',
    '--reason',
    'who has accounts here',
    '--home',
    mesh.julien
  ]
  await stage.type('gumshoe', [...question, '--yes'], {
    status: [4],
    shows: ['error[quorum]', 'anna (weight 2)']
  })
  await stage.type('gumshoe', [...question, '--yes', '--save', at('clear.saved')], { quiet: true })
  const saved = decodeSaved(new Uint8Array(readFileSync(at('clear.saved'))))
  const id = documentId(decodeEnvelope(saved.envelope).bytes)
  const agents = linesOf(
    (await stage.quietly('gumshoe', ['agents', '-t', 'role=web', '--json', '--home', mesh.julien])).stdout
  ).map(line => (line['host'] as { id: string }).id)
  const address = agentAddress(stage, agents[0]!)
  stage.say(
    'Put on the wire all the same, by a client without any check: with one signature of two, by a stranger, with one byte changed.'
  )
  const changed = withOneByteChanged(saved.envelope)
  const tries: [string, string, Uint8Array][] = [
    ['one signature of the two', 'quorum', saved.envelope],
    ['signed by a stranger', 'unknown-signer', await signedByStranger(saved.envelope)],
    ['one byte changed', 'bad-signature', changed]
  ]
  for (const [what, code, envelope] of tries) {
    const refusals = await putAnyway(mesh.julien, envelope, [address])
    const all = [...refusals.nodes, ...refusals.agents]
    stage.expect(
      all.every(answer => answer === code),
      `${what}: everybody answers ${code}, got ${all.join(', ')}`
    )
    stage.proof(`${what}: ${refusals.nodes.length} nodes and an agent answer ${code}`)
  }
  await nothingRan(stage, mesh, [id, documentId(decodeEnvelope(changed).bytes)])
  stage.say('Signed by a second person it runs; the owner of web-04 has switched clear off on his host.')
  await stage.type('gumshoe', ['sign', at('clear.saved'), '--yes', '--home', mesh.anna], { quiet: true })
  await stage.type('gumshoe', ['send', at('clear.saved'), '--home', mesh.julien], {
    status: [3],
    shows: [
      `FOUND ON ${mesh.hosts.filter(({ role }) => role === 'web').length - 1} HOSTS`,
      /refused 1 +disclosure-off web-04/,
      '/etc/passwd'
    ]
  })
}

/** Where an agent listens, from its own log. */
const agentAddress = (stage: Stage, peer: string): string => {
  for (const name of stage.fleet.running()) {
    const address = new RegExp(`"(/ip4/[^"]+/p2p/${peer})"`).exec(
      readFileSync(join(stage.fleet.directory, `${name}.log`), 'utf8')
    )?.[1]
    if (address !== undefined) return address
  }
  throw new Error(`no agent ${peer} has logged its address`)
}

/** Reads the ledgers of all hosts: none of these actions was run or answered anywhere. */
const nothingRan = async (stage: Stage, mesh: TourMesh, ids: readonly string[]): Promise<void> => {
  let read = 0
  for (const host of mesh.hosts) {
    if (host === mesh.late) continue
    const records = readFileSync(join(mesh.homeOf(host), 'records.jsonl'), 'utf8')
    read++
    for (const id of ids)
      stage.expect(!records.includes(id), `${host.name} has a record of ${id}, which must not run`)
  }
  const host = mesh.hosts[0]!
  await stage.type('gumshoe-agent', ['why', '--home', mesh.homeOf(host)], { shows: ['actions ran'] })
  stage.proof(`the ledgers of ${read} hosts know none of the three`)
}
