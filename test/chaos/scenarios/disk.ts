import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFleet, type TestFleet } from '../../support/fleet.ts'
import { eventually } from '../../support/members.ts'
import { buildShim, dropUnsynced, fillUp, mountSmall, onFaultyDisk } from '../faults/disk.ts'
import { actionsOf, historyOf, isSettled } from '../gather.ts'
import { judge } from '../history.ts'
import { fleetWith } from '../processes.ts'
import { type Chaos, pause, type Scenario, timeUntil, took } from '../scenario.ts'

const AGENTS = 2
const DISK_MIB = 176
const RECOVERY_MS = 5_000
const PATIENCE_MS = 60_000
const NODES = ['b1', 'b2'] as const

export const disk: Scenario = {
  name: 'disk',
  promise:
    'a full or failing disk: no crash, reading goes on, writing again within 5 s; nothing acknowledged is lost',
  run: async chaos => [...(await full(chaos)), ...(await failing(chaos))]
}

export const power: Scenario = {
  name: 'power',
  promise: 'a power loss that drops what was not synced loses nothing acknowledged, and nothing runs twice',
  run: chaos => powerLoss(chaos)
}

const question = (fleet: TestFleet, word: string, ...more: string[]) =>
  fleet.ask('file', '--path', '/etc', '--content', word, '-t', 'all', '--yes', ...more)

const idOf = (lines: readonly Record<string, unknown>[]): string =>
  String(lines.find(({ type }) => type === 'action')?.['id'])

const known = (fleet: TestFleet) =>
  eventually('every agent is known', async () => (await fleet.ask('agents')).length === AGENTS, 30_000)

const has = (fleet: TestFleet, host: string, what: string, action: string): boolean =>
  fleet.records(host).some(event => event['what'] === what && event['action'] === action)

const verdictOf = async (fleet: TestFleet, what: string): Promise<string[]> => {
  const actions = await actionsOf(fleet)
  const settled = await timeUntil(() => isSettled(fleet, actions), PATIENCE_MS, 200)
  const breaches = judge(await historyOf(fleet, { open: actions, show: actions.slice(-2) }))
  if (settled === undefined) breaches.push('not every answer was out in the end')
  return breaches.map(breach => (what ? `${what}: ${breach}` : breach))
}

/** Both nodes' disks are full while answers come, then an agent's. */
const full = async (chaos: Chaos): Promise<string[]> => {
  const places = [...NODES, 'agents/web-01']
  const mounts: (() => void)[] = []
  const unmount = () => {
    for (const end of mounts.splice(0)) end()
  }
  chaos.after(unmount)
  const fleet = await makeFleet(
    AGENTS,
    undefined,
    await chaos.executables(),
    fleetWith({
      made: directory => {
        for (const home of places) mounts.push(...[mountSmall(join(directory, home), DISK_MIB) ?? []].flat())
      }
    })
  )
  const close = async () => {
    await fleet.fleet.stop()
    unmount()
    await fleet.remove()
  }
  chaos.after(close)
  if (mounts.length < places.length) {
    chaos.lacks('a full disk: this user may not mount a tmpfs')
    return []
  }
  const breaches: string[] = []
  const at = (home: string) => join(fleet.fleet.directory, home)
  const [host, other] = fleet.hosts as [(typeof fleet.hosts)[0], (typeof fleet.hosts)[0]]
  await known(fleet)
  const first = idOf(await question(fleet, 'before', '--wait', '20s'))
  for (const { name } of fleet.hosts) await fleet.fleet.kill(name)
  const second = idOf(await question(fleet, 'waits', '--detach'))
  const fillers = NODES.map(name => fillUp(at(name)))
  await pause(1_500)
  for (const entry of fleet.hosts) await fleet.startHost(entry)
  await eventually(
    'both have answered',
    () => fleet.hosts.every(({ name }) => has(fleet, name, 'answered', second)),
    20_000
  )
  await fleet.fleet.kill('b1', 'SIGKILL')
  await fleet.startNode('b1')
  await pause(chaos.short ? 5_000 : 30_000)
  if (fleet.hosts.some(({ name }) => has(fleet, name, 'delivered', second)))
    breaches.push('full: something was acknowledged on a full disk')
  const shown = (await fleet.ask('show', first, '--hosts')).filter(({ state }) => state === 'done')
  if (shown.length !== AGENTS) breaches.push('full: reading did not go on')
  for (const path of fillers) rmSync(path)
  const delivered = () => fleet.hosts.every(({ name }) => has(fleet, name, 'delivered', second))
  const again = await timeUntil(delivered, PATIENCE_MS)
  chaos.figure('both nodes full, then space: waiting answers acknowledged by both after', took(again))
  if (again === undefined || again > RECOVERY_MS) breaches.push(`full: nodes took ${took(again)} to recover`)

  const filler = fillUp(at('agents/web-01'))
  const third = idOf(await question(fleet, 'agent full', '--detach'))
  await eventually('the other host has answered', () => has(fleet, other.name, 'answered', third), 20_000)
  await pause(chaos.short ? 2_000 : 20_000)
  rmSync(filler)
  const answered = await timeUntil(() => has(fleet, host.name, 'delivered', third), 4 * PATIENCE_MS)
  chaos.figure('an agent full, then space: the question answered after', took(answered))
  if (answered === undefined || answered > RECOVERY_MS)
    breaches.push(`full: the agent took ${took(answered)} to answer`)
  for (const name of [...NODES, ...fleet.hosts.map(entry => entry.name)])
    if (!fleet.fleet.running().includes(name)) breaches.push(`full: ${name} is gone`)
  breaches.push(...(await verdictOf(fleet, 'full')))
  await close()
  return breaches
}

/** fsync returns EIO for a while, first under a node, then under an agent. */
const failing = async (chaos: Chaos): Promise<string[]> => {
  const shim = buildShim(chaos)
  if (shim === undefined) {
    chaos.lacks('EIO on fsync: there is no C compiler for the preloaded library')
    return []
  }
  const eio = (name: string) => join(chaos.directory, `eio-${name}`)
  const fleet = await makeFleet(
    AGENTS,
    undefined,
    await chaos.executables(),
    fleetWith({ wrap: who => (who.startsWith('gumshoe') ? [] : onFaultyDisk(shim, { eio: eio(who) })) })
  )
  chaos.after(() => fleet.remove())
  await known(fleet)
  const breaches: string[] = []
  for (const victim of ['b2', fleet.hosts[0]!.name]) {
    writeFileSync(eio(victim), '')
    const id = idOf(await question(fleet, `sync fails under ${victim}`, '--detach'))
    await pause(3_000)
    if (has(fleet, victim === 'b2' ? fleet.hosts[0]!.name : victim, 'delivered', id))
      breaches.push(`EIO: something was acknowledged that ${victim} did not sync`)
    rmSync(eio(victim))
    const out = () => fleet.hosts.every(({ name }) => has(fleet, name, 'delivered', id))
    const again = await timeUntil(out, 4 * PATIENCE_MS)
    chaos.figure(
      `EIO on fsync under ${victim === 'b2' ? 'a node' : 'an agent'}, then none: all is out after`,
      took(again)
    )
    if (again === undefined || again > RECOVERY_MS)
      breaches.push(`EIO: ${victim} took ${took(again)} to recover`)
    if (!fleet.fleet.running().includes(victim)) breaches.push(`EIO: ${victim} is gone`)
  }
  breaches.push(...(await verdictOf(fleet, 'EIO')))
  await fleet.remove()
  return breaches
}

/** A machine loses power: its process is killed and the bytes that it had not synced are dropped. */
const powerLoss = async (chaos: Chaos): Promise<string[]> => {
  const shim = buildShim(chaos)
  if (shim === undefined) {
    chaos.lacks('power loss: there is no C compiler for the preloaded library')
    return []
  }
  const log = (name: string) => join(chaos.directory, `synced-${name}`)
  const fleet = await makeFleet(
    AGENTS,
    undefined,
    await chaos.executables(),
    // A home is made by a command before its program runs: all of them write into one log for the machine.
    fleetWith({ wrap: who => onFaultyDisk(shim, { synced: log(/^gumshoe/.test(who) ? 'commands' : who) }) })
  )
  chaos.after(() => fleet.remove())
  await known(fleet)
  const losses = chaos.amount ?? (chaos.short ? 4 : 60)
  let dropped = 0
  for (let i = 0; i < losses; i++) {
    const [victim, start] = chaos.random.pick([
      ...NODES.map(name => [name, () => fleet.startNode(name)] as const),
      ...fleet.hosts.map(host => [host.name, () => fleet.startHost(host)] as const)
    ])
    const asking = question(fleet, `power ${i}`, '--detach').catch(() => [])
    await pause(chaos.random.between(300, 2_500))
    await fleet.fleet.kill(victim, 'SIGKILL')
    const home = NODES.includes(victim as 'b1') ? victim : `agents/${victim}`
    const logs = [log(victim), log('commands')].filter(existsSync)
    dropped += dropUnsynced(join(fleet.fleet.directory, home), logs, chaos.random)
    await asking
    await start()
  }
  chaos.figure('power losses', `${losses}, ${dropped} bytes that were not synced dropped`)
  const breaches = await verdictOf(fleet, '')
  await fleet.remove()
  return breaches
}
