import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { hostsOf, reachAgents } from '../../../console/ask/reach.ts'
import type { Connected } from '../../../console/connect.ts'
import { saveHosts } from '../../../console/host-cache.ts'
import { GumshoeError } from '../../../src/errors.ts'
import { knownHost } from '../../support/case.ts'

const host = (name: string, addresses: string[]) => knownHost(name, { peer: name, tags: [] }, { addresses })

/** A console that has lost its nodes; notes what it dials. */
const alone = (refuses: readonly string[] = [], members: string[] = [], nodes: unknown[] = [], home = '') => {
  const dialled: string[] = []
  const told: string[] = []
  let under = 0
  let most = 0
  const connected = {
    nodes: async () => nodes,
    mesh: {
      members: () => members.map(peer => ({ peer })),
      dial: async (address: string) => {
        most = Math.max(most, ++under)
        await new Promise(setImmediate)
        under--
        dialled.push(address)
        if (refuses.includes(address)) throw new GumshoeError('unreached', address)
      }
    },
    context: { home, tell: (text: string) => void told.push(text) }
  } as unknown as Connected
  return { connected, dialled, told, most: () => most }
}

test('the hosts that are asked are dialled first, then a few others, those that are there not at all', async () => {
  const hosts = Array.from({ length: 40 }, (_, i) => host(`h${i}`, [`/a/${i}`]))
  const { connected, dialled, most } = alone([], ['h39'])
  await reachAgents(connected, hosts, ['h30', 'h31', 'h39'])
  assert.equal(dialled.length, 2 + 8)
  assert.ok(['/a/30', '/a/31'].every(address => dialled.includes(address)))
  assert.equal(dialled.includes('/a/39'), false)
  assert.ok(most() <= 16)
})

test('a host is tried at each of its addresses until one answers; one that does not hinders nobody', async () => {
  const { connected, dialled } = alone(['/a/1', '/b/1'])
  await reachAgents(connected, [host('a', ['/a/1', '/a/2', '/a/3']), host('b', ['/b/1'])], ['a', 'b'])
  assert.deepEqual(dialled.sort(), ['/a/1', '/a/2', '/b/1'])
})

test('nobody is dialled while there is a node', async () => {
  const { connected, dialled } = alone([], [], [{}])
  await reachAgents(connected, [host('a', ['/a/1'])], ['a'])
  assert.deepEqual(dialled, [])
})

test('without a node the hosts are those that were last seen, and that is said', async () => {
  const home = mkdtempSync(join(tmpdir(), 'gumshoe-reach-'))
  try {
    saveHosts(home, [host('a', ['/a/1']), host('b', [])])
    const { connected, told } = alone([], [], [], home)
    assert.deepEqual(
      (await hostsOf(connected)).map(({ name }) => name),
      ['a', 'b']
    )
    assert.match(told[0]!, /No bootstrap node answers: .*\(2 known\)/)
  } finally {
    rmSync(home, { recursive: true })
  }
})
