import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeEnvelope, documentId } from '../../src/documents/envelope.ts'
import { decodeSaved } from '../admin/saved.ts'
import { IMPLANT_MD5, ODD_NAME } from './hosts.ts'
import { linesOf, type TourMesh } from './mesh.ts'
import { putAnyway, signedByStranger, withOneByteChanged } from './rogue.ts'
import { type Stage, until } from './stage.ts'

const MODULES = '/usr/lib/apache2/modules'

/** The state of every host of an action, by name, from the JSON Lines of `show`. */
const statesOf = (
  stdout: string
): Map<string, { state: string; verdict: string | null; code: string | null }> =>
  new Map(
    linesOf(stdout)
      .filter(({ type }) => type === 'host')
      .map(line => [(line['host'] as { name: string }).name, line as never])
  )

export const whoIsThere = async (stage: Stage, mesh: TourMesh): Promise<void> => {
  stage.scene('1. Who is there')
  const up = mesh.hosts.length - 1
  await until('every agent is known to the nodes', async () => {
    const { stdout } = await stage.fleet.run('gumshoe', ['agents', '--json', '--home', mesh.julien])
    return linesOf(stdout).length === up
  })
  await stage.type('gumshoe', ['agents', '--home', mesh.julien], { shows: [`${up} hosts: ${up} connected`] })
  await stage.type('gumshoe', ['agents', '-t', 'role=web', '--home', mesh.julien], { shows: ['web-01'] })
}

export const theImplant = async (stage: Stage, mesh: TourMesh): Promise<void> => {
  stage.scene("2. MIG's question: an Apache module that matches an MD5")
  stage.say(
    'The answers are hashed: paths travel as commitments; ordinary names are known, the odd one stays dark.'
  )
  const asked = await stage.type(
    'gumshoe',
    [
      'file',
      '--path',
      MODULES,
      '--name',
      '\\.so$',
      '--md5',
      IMPLANT_MD5,
      '-t',
      'role=web and env=prod',
      '--case',
      'INC-42',
      '--yes',
      '--home',
      mesh.julien
    ],
    { shows: ['FOUND ON 3 HOSTS', 'mod_ssl.so', /⟨[0-9a-f]{4}⟩/] }
  )
  const odd = /^(v\d+)\t1\t/m.exec(asked.stdout)?.[1]
  stage.expect(odd !== undefined, 'one value stands on a single host')
  stage.say(
    'The odd value is revealed by a second action: at the quorum of clear (weight 2), and with a reason.'
  )
  const name = /^(a\d+) file/m.exec(asked.stdout)![1]!
  const id = linesOf(
    (await stage.quietly('gumshoe', ['show', name, '--json', '--home', mesh.julien], { status: [0, 3] }))
      .stdout
  )[0]!['id'] as string
  const saved = join(stage.fleet.directory, 'reveal.saved')
  await stage.type(
    'gumshoe',
    ['reveal', name, odd, '--reason', 'no package owns it', '--save', saved, '--yes', '--home', mesh.julien],
    { shows: ['anna (weight 2)'] }
  )
  await stage.type('gumshoe', ['sign', saved, '--yes', '--home', mesh.anna], {
    shows: ['no package owns it']
  })
  await stage.type('gumshoe', ['send', saved, '--home', mesh.julien], { quiet: true, status: [0, 3] })
  const revealed = linesOf(
    (await stage.quietly('gumshoe', ['actions', '--json', '--home', mesh.julien])).stdout
  )
    .filter(line => line['modules'] === 'reveal/1')
    .at(-1)!
  await stage.type('gumshoe', ['reveal', revealed['name'] as string, '--home', mesh.julien], {
    shows: [ODD_NAME, 'web-05']
  })
  stage.proof(
    `what was dark is ${MODULES}/${ODD_NAME} on web-05; the other hosts opened nothing (action ${id.slice(0, 12)})`
  )
}

export const theSecret = async (stage: Stage, mesh: TourMesh): Promise<void> => {
  stage.scene('3. A case-insensitive search; a host that can not read everything')
  await stage.type(
    'gumshoe',
    [
      'file',
      '--path',
      '/etc',
      '--path',
      '/var',
      '--path',
      '/srv',
      '--content',
      '(?i)password\\s*=\\s*hunter2',
      '-t',
      'all',
      '--yes',
      '--home',
      mesh.julien
    ],
    { status: [3], shows: ['FOUND ON 2 HOSTS', 'PARTIAL', 'app-02 (limit-bytes)', 'A "no" holds for'] }
  )
  stage.proof('app-02 reached the read budget of its owner: it is PARTIAL, and its silence is no "no"')
}

export const clearTakesTwo = async (stage: Stage, mesh: TourMesh): Promise<void> => {
  stage.scene('4. Clear takes two; strangers and altered bytes run nowhere')
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

export const aNodeDies = async (stage: Stage, mesh: TourMesh): Promise<void> => {
  stage.scene('5. A bootstrap node is killed while a question is under way')
  const asked = stage.type(
    'gumshoe',
    [
      'file',
      '--path',
      '/',
      '--content',
      'service started',
      '-t',
      'env=prod',
      '--yes',
      '--home',
      mesh.julien,
      '--wait',
      '25s'
    ],
    {
      status: [0, 3],
      onStatus: line => void (line.includes('published') && stage.fleet.kill('b1', 'SIGKILL'))
    }
  )
  const result = await asked
  const name = /^(a\d+) file/m.exec(result.stdout)![1]!
  stage.expect(!stage.fleet.running().includes('b1'), 'b1 is dead')
  const targeted = mesh.hosts.filter(host => host.env === 'prod' && host !== mesh.late)
  await until('every host has answered though b1 is dead', async () => {
    const states = statesOf(
      (await stage.quietly('gumshoe', ['show', name, '--json', '--home', mesh.julien], { status: [0, 3] }))
        .stdout
    )
    return targeted.every(({ name: host }) => ['done', 'limit'].includes(states.get(host)?.state ?? ''))
  })
  stage.proof(`${targeted.length} of ${targeted.length} answers arrived by the other node`)
  await mesh.startNode('b1')
  await until('b1 has met b2 again', () =>
    readFileSync(join(stage.fleet.directory, 'b1.log'), 'utf8')
      .split('"event":"ready"')
      .at(-1)!
      .includes('"role":"node"')
  )
  await stage.fleet.kill('b2')
  await until('b1 alone can show everything', async () => {
    const states = statesOf(
      (await stage.quietly('gumshoe', ['show', name, '--json', '--home', mesh.julien], { status: [0, 3, 5] }))
        .stdout
    )
    return targeted.every(({ name: host }) => ['done', 'limit'].includes(states.get(host)?.state ?? ''))
  })
  stage.proof('b1 is back and has what it missed: with b2 stopped, it alone shows every answer')
  await mesh.startNode('b2')
}

export const lateAndRevoked = async (stage: Stage, mesh: TourMesh): Promise<void> => {
  stage.scene('6. A host that was off answers late; a person is revoked')
  const { stdout } = await stage.quietly('gumshoe', ['actions', '--json', '--home', mesh.julien])
  const open = linesOf(stdout).find(line => line['target'] === 'all' && line['state'] === 'open')!
  await mesh.startHost(mesh.late)
  await until(`${mesh.late.name} answers the question that is still open`, async () => {
    const shown = await stage.quietly(
      'gumshoe',
      ['show', open['name'] as string, '--json', '--home', mesh.julien],
      { status: [0, 3] }
    )
    return statesOf(shown.stdout).has(mesh.late.name)
  })
  await stage.type('gumshoe', ['show', open['name'] as string, mesh.late.name, '--home', mesh.julien], {
    status: [0, 3],
    shows: ['late', /verdict (no|yes)/]
  })
  await stage.type('gumshoe', ['mesh', 'revoke', 'person', 'julien', '--yes', '--home', mesh.anna], {
    quiet: true
  })
  await stage.type(
    'gumshoe',
    ['file', '--path', '/etc', '--name', 'passwd', '-t', 'all', '--yes', '--home', mesh.julien],
    { status: [4, 5, 6], shows: [/error\[(revoked|unknown-signer|no-key|not-a-member)\]/] }
  )
  stage.proof('julien is revoked, and can ask nothing any more')
  await stage.type(
    'gumshoe',
    ['file', '--path', '/etc', '--name', '^hostname$', '-t', 'role=db', '--yes', '--home', mesh.anna],
    { shows: [`FOUND ON ${mesh.hosts.filter(({ role }) => role === 'db').length} HOSTS`] }
  )
  stage.proof('anna still can; every host has taken the new charter')
}
