import type { Outcome } from '../../../src/modules/spec.ts'
import { alternate, peakOf } from '../measure.ts'
import { among, CROWD } from './crowd.ts'
import { type Asked, asking, type Section } from './section.ts'

const isWhole = ({ found, limit }: Outcome): boolean => found && limit === undefined

/** Everything that a module has to tell of a host: without flags where that is a question, and as near to it as there is one. */
const QUESTIONS: readonly Asked[] = [
  { module: 'process/1', flags: { name: ['.'] }, check: isWhole },
  { module: 'netstat/1', flags: { 'connected-ip': ['127.0.0.0/8'] }, check: ({ found }) => found },
  { module: 'persistence/1', flags: {}, check: isWhole },
  { module: 'account/1', flags: {}, check: isWhole },
  { module: 'package/1', flags: { name: ['.'] }, check: isWhole }
]

/** What is asked without thinking: what it costs a host with a crowd on it. */
export const defaults: Section = ({ program, rounds }) =>
  among(CROWD, async function* () {
    for (const asked of QUESTIONS) {
      const command = asking(program, asked)
      const { ours } = await alternate({ ours: command }, rounds)
      const what = `${asked.module.split('/')[0]}, all of it`
      yield { what: `${what}, CPU`, value: ours.cpuMs, unit: 'ms', aim: { most: 300 } }
      yield { what: `${what}, peak memory`, value: await peakOf(command), unit: 'MB', aim: { most: 80 } }
    }
  })
