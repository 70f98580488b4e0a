import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { linesOf, type TourMesh } from '../mesh.ts'
import { type Stage, until } from '../stage.ts'

/** The state of every host of an action, by name, from the JSON Lines of `show`. */
const statesOf = (
  stdout: string
): Map<string, { state: string; verdict: string | null; code: string | null }> =>
  new Map(
    linesOf(stdout)
      .filter(({ type }) => type === 'host')
      .map(line => [(line['host'] as { name: string }).name, line as never])
  )

export const aNodeDies = async (stage: Stage, mesh: TourMesh): Promise<void> => {
  stage.scene('6. A bootstrap node is killed while a question is under way')
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
  stage.scene('7. A host that was off answers late; a person is revoked')
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
