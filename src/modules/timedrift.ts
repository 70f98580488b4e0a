import { runTimedrift } from './lib/network/run-timedrift.ts'
import {
  sayTimedrift,
  TIMEDRIFT_FLAGS,
  type TimedriftParams,
  timedriftFromFlags,
  timedriftLiterals,
  timedriftParams
} from './lib/network/timedrift-params.ts'
import { runLimits } from './lib/run-limits.ts'
import { module } from './spec.ts'

/** What the clock of a host differs from those that it trusts. Sets no clock. */
export const timedrift = module<TimedriftParams>({
  name: 'timedrift',
  major: 1,
  sentence:
    'Tells what the clock of a host differs from time servers: those that the question names, or its own.',
  platforms: ['linux'],
  risk: 'inspect',
  // Hosts then send to machines that somebody has chosen, as those of ping do.
  sensitive: ({ servers }) => servers !== 'own',
  anyRoot: false,
  looks: () => 'network',
  rights: [
    {
      right: 'send UDP to time servers (port 123), and resolve their names',
      without: 'the clock is compared with nothing, and the answer is "partial"'
    }
  ],
  flags: TIMEDRIFT_FLAGS,
  params: timedriftParams,
  fromFlags: timedriftFromFlags,
  say: sayTimedrift,
  literals: timedriftLiterals,
  columns: {
    server: { type: 'text', secrecy: 'guessable', doc: 'Time server' },
    from: { type: 'text', secrecy: 'plain', doc: 'Who names it: question, chrony, ntp or timesyncd' },
    offset: {
      type: 'count',
      secrecy: 'plain',
      doc: 'What its clock is ahead of the host, ms; below 0: behind'
    },
    delay: { type: 'count', secrecy: 'plain', doc: 'There and back on the wire, ms' },
    stratum: { type: 'count', secrecy: 'plain', doc: 'Steps from a reference clock' }
  },
  limits: runLimits(),
  examples: [
    { title: 'Hosts whose clock is off by more than five seconds', argv: ['--drift', '5s'] },
    {
      title: 'By more than a minute, against one server of yours',
      argv: ['--drift', '1m', '--server', 'ntp.example.org']
    },
    { title: 'What every clock differs', argv: [] }
  ],
  run: runTimedrift
})
