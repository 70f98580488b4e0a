import { join } from 'node:path'
import { freePort } from './fleet.ts'
import type { Stage } from './stage.ts'

/** Where a node listens, and what it announces where that differs (a test puts a wire in between that it can cut). */
export type Place = (name: 'b1' | 'b2', port: number) => Promise<{ listen: string; announce?: string }>

/** Who plays in the tour: anna rules and is senior (a lab), julien is a junior, mallory is a stranger. */
export interface FoundedMesh {
  readonly anna: string
  readonly julien: string
  readonly charter: string
  startNode(name: 'b1' | 'b2'): Promise<void>
}

const READY = /"event":"ready"/
const onLoopback: Place = async (_, port) => ({ listen: `/ip4/127.0.0.1/tcp/${port}` })

/** Founds a mesh with the commands that an operator would type: two nodes that run, two people, a charter. */
export const foundMesh = async (stage: Stage, place: Place = onLoopback): Promise<FoundedMesh> => {
  const at = (name: string) => join(stage.fleet.directory, name)
  const anna = at('anna')
  const julien = at('julien')
  const charter = at('lab.charter')

  stage.say('Two relay operators make their bootstrap nodes; each prints its address line.')
  const lines: string[] = []
  for (const name of ['b1', 'b2'] as const) {
    const { listen, announce } = await place(name, await freePort())
    const made = await stage.type(
      'gumshoe-bootstrap',
      [
        'init',
        '--home',
        at(name),
        '--name',
        name,
        '--listen',
        listen,
        ...(announce ? ['--announce', announce] : [])
      ],
      { quiet: true }
    )
    lines.push(made.stdout.trim())
  }
  stage.say(
    'Two people make their keys. Anna rules the mesh (one admin alone: a lab) and is senior, Julien is a junior.'
  )
  await stage.type('gumshoe', ['key', 'make', 'anna', '--no-passphrase', '--home', anna], { quiet: true })
  await stage.type('gumshoe', ['key', 'make', 'julien', '--no-passphrase', '--home', julien], { quiet: true })
  await stage.type('gumshoe', ['key', 'export', '--home', julien, '-o', at('julien.pub')], { quiet: true })
  await stage.type(
    'gumshoe',
    [
      'mesh',
      'create',
      'tour',
      '--lab',
      '--yes',
      '--home',
      anna,
      '--admin',
      'anna=me',
      '--investigator',
      'anna:2=me',
      '--investigator',
      `julien:1=${at('julien.pub')}`,
      ...lines.flatMap(line => ['--bootstrap', line]),
      '--topic',
      'role',
      '--topic',
      'env',
      '--recovery',
      at('recovery.key'),
      '--no-recovery-passphrase',
      '-o',
      charter
    ],
    { quiet: true }
  )
  await stage.type('gumshoe', ['mesh', 'join', charter, '--home', julien], { quiet: true })
  const startNode = (name: 'b1' | 'b2'): Promise<void> =>
    stage
      .launch(name, 'gumshoe-bootstrap', ['run', '--home', at(name), '--charter', charter], READY)
      .then(() => undefined)
  await Promise.all([startNode('b1'), startNode('b2')])
  return { anna, julien, charter, startNode }
}
