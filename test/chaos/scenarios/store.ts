import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LIMITS } from '../../../src/limits.ts'
import type { Parcel } from '../../../src/mesh/sync/ports.ts'
import { makeAnswer } from '../../support/answers.ts'
import {
  deleteFile,
  filesOf,
  flipBytes,
  type Hurt,
  hurtOnce,
  makeWhole,
  swapCurrent
} from '../../support/damage.ts'
import { giveAddresses, joinAsAgent, startHub, type TestHub } from '../../support/hub.ts'
import { eventually } from '../../support/members.ts'
import { makeTestMesh, type TestMesh } from '../../support/mesh.ts'
import { type Chaos, type Scenario, timeUntil, took } from '../scenario.ts'

const REFILL_LIMIT_MS = 30_000
const AGENTS = 20
const PER_ACTION = LIMITS.answersPerAgentAction - 14

/** A disk that forgets, under one store, and what it costs a node to have its answers again from the other. */
export const store: Scenario = {
  name: 'store',
  promise: 'no undetected loss, no wrong document given out; 10,000 answers are back within 30 s',
  run: async chaos => [...(await damage(chaos)), ...(await refill(chaos))]
}

/** Flips at random places, every file deleted, CURRENT swapped: each after a clean and an unclean stop. */
const damage = async (chaos: Chaos): Promise<string[]> => {
  const { random } = chaos
  const whole = await makeWhole(chaos.directory, random)
  const flips = chaos.amount ?? (chaos.short ? 10 : 1_000)
  const breaches: string[] = []
  const seen = { aside: 0, told: 0, unharmed: 0 }
  let rounds = 0
  const once = async (stop: 'clean' | 'unclean', hurt: Hurt) => {
    const outcome = await hurtOnce(whole, join(chaos.directory, `hurt-${rounds++}`), stop, hurt)
    breaches.push(...outcome.breaches)
    seen[outcome.seen]++
    if (rounds % 100 === 0) chaos.say(`${rounds} stores hurt`)
  }
  for (let i = 0; i < flips; i++) await once(i % 2 === 0 ? 'clean' : 'unclean', flipBytes(random))
  for (const stop of ['clean', 'unclean'] as const)
    for (const hurt of [...filesOf(whole.place).map(deleteFile), swapCurrent(whole.older)])
      await once(stop, hurt)
  chaos.figure(
    'stores hurt',
    `${rounds} (${flips} by flipped bytes): ${seen.told} told of it, ${seen.aside} set aside, ${seen.unharmed} unharmed or as old as a kill would leave them`
  )
  return breaches
}

/** A node loses its store as a whole, then a part of it; the other one has all. */
const refill = async (chaos: Chaos): Promise<string[]> => {
  const wanted = chaos.short ? 1_000 : 10_000
  const mesh = await makeTestMesh()
  await giveAddresses(mesh)
  const [north, south] = await Promise.all(
    mesh.nodes.map((identity, i) =>
      startHub(chaos, mesh, identity, { home: join(chaos.directory, `node-${i}`) })
    )
  )
  const filled = performance.now()
  const answers = await fill(chaos, mesh, north!, wanted)
  await eventually('both have all', () => south!.documents.count === north!.documents.count, 60_000)
  const { count } = north!.documents
  chaos.figure('answers put and replicated', `${answers} in ${took(performance.now() - filled)}`)
  const breaches: string[] = []
  let hub = south!
  for (const [what, hurt] of [
    ['the whole store', (home: string) => rmSync(join(home, 'db'), { recursive: true })],
    ['of its largest file 16 bytes in each 64 KiB', hurtLargest]
  ] as const) {
    await hub.stop()
    hurt(hub.home)
    const began = performance.now()
    hub = await hub.again()
    // What no count tells is found by reading everything, which a node does once a week.
    await hub.documents.scrub(new AbortController().signal)
    const there = hub.documents.count
    const whole = () => hub.documents.count === count && hub.documents.missing().length === 0
    const ms = await timeUntil(whole, 2 * REFILL_LIMIT_MS)
    chaos.figure(
      `lost ${what}`,
      `${count - there} of ${count} documents gone, all back ${took(ms)} after the start`
    )
    if (performance.now() - began > REFILL_LIMIT_MS) breaches.push(`${what}: the refill took ${took(ms)}`)
    if (there === count && what !== 'the whole store') breaches.push(`${what}: nothing was hurt`)
    for (const id of hub.documents.missing()) breaches.push(`${what}: ${id} did not come back`)
  }
  return breaches
}

/** Real memberships, actions and signed answers, put over the network. Returns how many answers. */
const fill = async (chaos: Chaos, mesh: TestMesh, hub: TestHub, wanted: number): Promise<number> => {
  const actions: string[] = []
  const first = await mesh.enrol()
  const asker = await joinAsAgent(chaos, mesh, first)
  await asker.dial(hub.address)
  for (let i = 0; i * AGENTS * PER_ACTION < wanted; i++) {
    const { raw, id } = await mesh.signAction({}, 'julien')
    const reply = await (await asker.client(hub.mesh.peer)).put({ envelope: raw })
    if (!('receipt' in reply)) throw new Error(`The action was refused: ${reply.refused}.`)
    actions.push(id)
  }
  let made = 0
  const each = Math.ceil(wanted / AGENTS)
  await Promise.all(
    Array.from({ length: AGENTS }, async () => {
      const agent = await mesh.enrol()
      const member = await joinAsAgent(chaos, mesh, agent)
      await member.dial(hub.address)
      const client = await member.client(hub.mesh.peer)
      const parcels: Parcel[] = Array.from({ length: each }, (_, i) => {
        const action = actions[Math.floor(i / PER_ACTION)]!
        return makeAnswer(mesh, agent.identity, action, { seq: i + 1, part: i % PER_ACTION }).parcel
      })
      for (let at = 0; at < parcels.length; at += 16)
        for (const reply of await Promise.all(parcels.slice(at, at + 16).map(parcel => client.put(parcel)))) {
          if (!('receipt' in reply)) throw new Error(`An answer was refused: ${reply.refused}.`)
          made++
        }
      await member.stop()
    })
  )
  await asker.stop()
  return made
}

const hurtLargest = (home: string): void => {
  const files = readdirSync(join(home, 'db')).map(name => join(home, 'db', name))
  const [largest] = files
    .filter(path => /\.(ldb|log)$/.test(path))
    .sort((a, b) => statSync(b).size - statSync(a).size)
  const bytes = readFileSync(largest!)
  for (let at = 4_096; at < bytes.length; at += 1 << 16) for (let i = at; i < at + 16; i++) bytes[i]! ^= 0x5a
  writeFileSync(largest!, bytes)
}
