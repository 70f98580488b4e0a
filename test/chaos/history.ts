/**
 * What a mesh must be able to say for itself after everything that was done to it, from what its parts wrote down: the
 * agents' own records, what the nodes keep, and what the console shows.
 */

/** The events that the rules look at, of `records.jsonl` (agent/records.ts). */
export interface HostEvent {
  readonly what: string
  readonly action?: string
  readonly op?: string
  readonly state?: string
  readonly id?: string
}

export interface HostHistory {
  readonly name: string
  /** Its identity; undefined where no node knows it, so that nothing may be kept in its name. */
  readonly peer: string | undefined
  /** Of all its lives, oldest first. */
  readonly events: readonly HostEvent[]
}

/** The header of an answer as a node keeps it, signature verified. */
export interface KeptAnswer {
  readonly id: string
  readonly agent: string
  readonly action: string
  readonly op: string
}

export interface History {
  readonly hosts: readonly HostHistory[]
  /** Actions that were open to every host to the end: each of them must have answered. */
  readonly open: readonly string[]
  readonly nodes: readonly { readonly name: string; readonly answers: readonly KeptAnswer[] }[]
  /** The state of each host (by peer) as the console shows it, for the actions that were looked at. */
  readonly shown: readonly { readonly action: string; readonly states: ReadonlyMap<string, string> }[]
  /** What was found wrong while it was gathered: documents that do not verify. */
  readonly unsound: readonly string[]
}

const short = (id: string): string => id.slice(0, 12)

/** Every breach, in words; an empty list is the verdict that was wished for. */
export const judge = (history: History): string[] => [
  ...history.unsound,
  ...history.hosts.flatMap(host => [...ranOnce(host), ...answeredOnce(host), ...answeredAll(host, history)]),
  ...history.hosts.flatMap(host => keptWhatWasAcknowledged(host, history)),
  ...history.nodes.flatMap(node => attributed(node, history)),
  ...history.shown.flatMap(action => shownAsItWas(action, history))
]

const of = (host: HostHistory, what: string): HostEvent[] => host.events.filter(event => event.what === what)

/** At most one run per action and host. */
const ranOnce = (host: HostHistory): string[] => {
  const runs = of(host, 'run').map(({ action }) => action!)
  return [...new Set(runs.filter((action, i) => runs.indexOf(action) !== i))].map(
    action => `${host.name} ran ${short(action)} ${runs.filter(run => run === action).length} times`
  )
}

/** Whatever was decided was answered, and each operation of it once. */
const answeredOnce = (host: HostHistory): string[] => {
  const breaches: string[] = []
  const answers = new Map<string, number>()
  const answered = new Set<string>()
  for (const { action, op, state } of [...of(host, 'answered'), ...of(host, 'dropped')]) {
    answered.add(action!)
    // A part of what stands: its last one says how it ended.
    if (state === 'running') continue
    const place = `${short(action!)} ${op}`
    answers.set(place, (answers.get(place) ?? 0) + 1)
  }
  for (const [place, times] of answers)
    if (times > 1) breaches.push(`${host.name} answered ${place} ${times} times`)
  for (const action of new Set([...of(host, 'run'), ...of(host, 'refused')].map(event => event.action!)))
    if (!answered.has(action)) breaches.push(`${host.name} decided ${short(action)} and never answered`)
  return breaches
}

const answeredAll = (host: HostHistory, { open }: History): string[] => {
  const answered = new Set(of(host, 'answered').map(({ action }) => action))
  return open
    .filter(action => !answered.has(action))
    .map(action => `${host.name} never answered ${short(action)}, which was open to the end`)
}

/** `delivered` says that enough nodes gave a receipt after a synced write: every node must have it in the end. */
const keptWhatWasAcknowledged = (host: HostHistory, { nodes }: History): string[] => {
  const delivered = of(host, 'delivered').map(({ id }) => id!)
  return nodes.flatMap(({ name, answers }) => {
    const kept = new Set(answers.map(({ id }) => id))
    const lost = delivered.filter(id => !kept.has(id))
    return lost.length === 0
      ? []
      : [`${name} lost ${lost.length} acknowledged answers of ${host.name}: ${lost.slice(0, 3).map(short)}`]
  })
}

/** Nothing is kept in a host's name that the host did not say, nor in the name of nobody. */
const attributed = ({ name, answers }: History['nodes'][number], { hosts }: History): string[] => {
  const byPeer = new Map(hosts.map(host => [host.peer, host]))
  const said = new Map(hosts.map(host => [host.peer, new Set(of(host, 'answered').map(placeOf))]))
  return answers.flatMap(answer => {
    const host = byPeer.get(answer.agent)
    if (host === undefined) return [`${name} keeps an answer of ${answer.agent}, who is no host`]
    return said.get(answer.agent)!.has(placeOf(answer))
      ? []
      : [`${name} keeps an answer to ${placeOf(answer)} in the name of ${host.name}, which says it gave none`]
  })
}

const placeOf = ({ action, op }: Pick<HostEvent, 'action' | 'op'>): string => `${short(action!)} ${op}`

/** The console shows for each host the state that the host itself wrote down. */
const shownAsItWas = ({ action, states }: History['shown'][number], { hosts }: History): string[] =>
  hosts.flatMap(host => {
    if (host.peer === undefined) return []
    const states_ = of(host, 'answered').filter(event => event.action === action)
    // Several operations are shown as one state: which is the console's to judge.
    if (states_.length !== 1) return []
    const [{ state }] = states_ as [HostEvent]
    const shown = states.get(host.peer)
    return shown === state
      ? []
      : [`the console shows ${host.name} as ${shown} for ${short(action)}, it was ${state}`]
  })
