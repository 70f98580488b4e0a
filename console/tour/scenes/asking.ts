import { join } from 'node:path'
import { BAD_XZ, IMPLANT_MD5, ODD_NAME, XZ_HOST } from '../hosts.ts'
import { linesOf, type TourMesh } from '../mesh.ts'
import { type Stage, until } from '../stage.ts'

const MODULES = '/usr/lib/apache2/modules'

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

export const theBackDoor = async (stage: Stage, mesh: TourMesh): Promise<void> => {
  stage.scene('3. Another module: who has the xz with the back door (CVE-2024-3094)')
  await stage.type(
    'gumshoe',
    [
      'package',
      '--name',
      '^xz-utils$',
      '--version',
      `>=${BAD_XZ}`,
      '-t',
      'all',
      '--yes',
      '--home',
      mesh.julien
    ],
    { shows: ['FOUND ON 1 HOST', XZ_HOST, BAD_XZ] }
  )
  stage.proof(
    `${XZ_HOST} has ${BAD_XZ}; dpkg's own record was read, compared by dpkg's own rules, and nothing was executed`
  )
}

export const theSecret = async (stage: Stage, mesh: TourMesh): Promise<void> => {
  stage.scene('4. A case-insensitive search; a host that can not read everything')
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
