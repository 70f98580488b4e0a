import { compareVersions } from '../../../documents/target/version.ts'
import { GumshoeError } from '../../../errors.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { WalkCount } from '../host/walked.ts'
import { inRanges } from '../match/name-filter.ts'
import type { AboutAgent, ModuleState } from './about-agent.ts'
import type { AgentinfoParams } from './agentinfo-params.ts'

/** The agent about itself, by what it handed us. Throws `unsupported` in a program that is no agent. */
export async function* runAgentinfo(params: AgentinfoParams, host: Host): AsyncGenerator<Row, Outcome> {
  const { agent } = host
  if (agent === undefined)
    throw new GumshoeError('unsupported', 'Only an agent of a mesh can tell about itself.')
  const found = new FoundRows(host, [params.kind])
  const count = new WalkCount()
  for (const row of rowsOf(params, agent, count)) {
    if (!found.take(params.kind, row)) break
    yield row
  }
  return found.outcome(count)
}

function* rowsOf(params: AgentinfoParams, agent: AboutAgent, count: WalkCount): Generator<Row> {
  if (params.kind === 'agent') {
    count.seen++
    if (isAsked(params, agent)) yield agentRow(agent)
    return
  }
  for (const one of agent.modules) {
    count.seen++
    const asked =
      params.modules?.includes(one.module) !== false && params.states?.includes(one.state) !== false
    if (asked) yield moduleRow(one)
  }
}

type AgentQuestion = Extract<AgentinfoParams, { kind: 'agent' }>

const isAsked = (asked: AgentQuestion, { facts, started, charter }: AboutAgent): boolean =>
  (asked.older === undefined || compareVersions(facts.version, asked.older) < 0) &&
  asked.fences?.includes(facts.fence) !== false &&
  (asked.unprivileged === undefined || !facts.privileged) &&
  (asked.started === undefined || inRanges([asked.started], started)) &&
  (asked.charter === undefined || inRanges([asked.charter], charter))

const agentRow = ({ facts, started, charter, memoryMiB, modules }: AboutAgent): Row => {
  const distribution = [facts.distribution, facts.distributionVersion].filter(Boolean).join(' ')
  return {
    kind: 'agent',
    version: facts.version,
    os: facts.os,
    arch: facts.arch,
    ...(distribution !== '' && { distribution }),
    ...(facts.kernel !== undefined && { kernel: facts.kernel }),
    ...(facts.hostname !== undefined && { hostname: facts.hostname }),
    fence: facts.fence,
    privileged: facts.privileged,
    rooted: facts.rooted,
    clear: facts.disclosures.includes('clear'),
    charter,
    started,
    memory: memoryMiB,
    modules: modules.filter(({ state }) => state === 'on').length
  }
}

const moduleRow = ({ module, state, risk, limits }: ModuleState): Row => ({
  kind: 'module',
  which: module,
  state,
  risk,
  wall: limits.wallMs,
  cpu: limits.cpuMs,
  rows: limits.rows
})
