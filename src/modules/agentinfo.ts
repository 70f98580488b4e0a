import {
  AGENTINFO_FLAGS,
  type AgentinfoParams,
  agentinfoFromFlags,
  agentinfoLiterals,
  agentinfoParams,
  sayAgentinfo
} from './lib/agentinfo/agentinfo-params.ts'
import { runAgentinfo } from './lib/agentinfo/run-agentinfo.ts'
import { runLimits } from './lib/run-limits.ts'
import { module } from './spec.ts'

/** What an agent is, how long it has run, and what it lets run. Looks at nothing but what the agent hands it. */
export const agentinfo = module<AgentinfoParams>({
  name: 'agentinfo',
  major: 1,
  sentence:
    'Tells what an agent is: version, platform, fence, charter, start; and which modules it lets run.',
  platforms: ['linux', 'darwin', 'win32'],
  risk: 'inspect',
  brief: true,
  anyRoot: true,
  aboutAgent: true,
  rights: [],
  flags: AGENTINFO_FLAGS,
  params: agentinfoParams,
  fromFlags: agentinfoFromFlags,
  say: sayAgentinfo,
  literals: agentinfoLiterals,
  columns: {
    kind: { type: 'text', secrecy: 'plain', doc: 'agent or module' },
    version: { type: 'text', secrecy: 'plain', doc: 'Version of the agent' },
    os: { type: 'text', secrecy: 'plain', doc: 'linux, darwin or windows' },
    arch: { type: 'text', secrecy: 'plain', doc: 'Architecture: x64, arm64' },
    distribution: { type: 'text', secrecy: 'plain', doc: 'ID and VERSION_ID of os-release' },
    kernel: { type: 'text', secrecy: 'plain', doc: 'Release of the kernel; absent under --root' },
    hostname: { type: 'text', secrecy: 'guessable', doc: 'Name of the host, in lower case' },
    fence: { type: 'text', secrecy: 'plain', doc: 'How modules are held: full, reduced or none' },
    privileged: { type: 'bool', secrecy: 'plain', doc: 'It may read every file' },
    rooted: { type: 'bool', secrecy: 'plain', doc: 'It answers for a directory (--root)' },
    clear: { type: 'bool', secrecy: 'plain', doc: 'Its owner lets values leave in clear' },
    charter: { type: 'count', secrecy: 'plain', doc: 'Version of the charter that it judges by' },
    started: { type: 'time', secrecy: 'plain', doc: 'Started, ms since 1970' },
    memory: { type: 'count', secrecy: 'plain', doc: 'Memory of its process, MiB' },
    modules: { type: 'count', secrecy: 'plain', doc: 'How many modules it lets run' },
    which: { type: 'text', secrecy: 'plain', doc: 'A module of the program: file/1' },
    state: {
      type: 'text',
      secrecy: 'plain',
      doc: 'on; off, by the owner of the host; or unlisted in the policy'
    },
    risk: { type: 'text', secrecy: 'plain', doc: 'Risk class of the module, by the policy' },
    wall: { type: 'count', secrecy: 'plain', doc: 'Wall time of a run by default, ms' },
    cpu: { type: 'count', secrecy: 'plain', doc: 'CPU time of a run by default, ms' },
    rows: { type: 'count', secrecy: 'plain', doc: 'Rows of a run by default' }
  },
  limits: runLimits(),
  examples: [
    { title: 'What every agent is', argv: [] },
    { title: 'Agents that were left behind', argv: ['--older', '0.2'] },
    { title: 'Agents that started within an hour', argv: ['--started', '<1h'] },
    {
      title: 'Hosts whose kernel holds modules less tightly',
      argv: ['--fence', 'reduced', '--fence', 'none']
    },
    { title: 'Hosts whose owner has switched a module off', argv: ['--kind', 'module', '--state', 'off'] }
  ],
  run: runAgentinfo
})
