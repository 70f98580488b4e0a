import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../source-tree.ts'
import type { Figure } from '../bench.ts'
import { PLANTED, plantTree } from '../file-tree.ts'
import { alternate, type Command, type Cost, peakOf } from '../measure.ts'
import { isHere, type Program } from '../program.ts'
import { asking, type Section } from './section.ts'
import { benchRules, RULES } from './yara-rules.ts'

/** Of what Debian's yara needs for the same on one thread. */
const MOST = 0.2

/** 50 rules over 100,000 files with 1 GiB, beside Debian's yara: with the engine of the single executable, and with that of npm. */
export const yara: Section = async function* ({ program, rounds, home }) {
  const tree = process.env['GUMSHOE_BENCH_TREE'] ?? join(home, 'tree')
  if (!existsSync(tree)) plantTree(tree)
  const rules = join(home, 'rules.yar')
  writeFileSync(rules, benchRules())
  const plain: Program = [process.execPath, join(ROOT, 'agent/gumshoe-agent.cjs')]
  const ask = (side: Program, path: string): Command =>
    asking(side, {
      module: 'yara/1',
      flags: { rule: [benchRules()], path: [path] },
      check: ({ counts, coverage }) => {
        const hits = path === tree ? PLANTED : undefined
        return counts['literal'] === hits && counts['alternation'] === hits && coverage.skipped === 0
      }
    })
  const theirs: Command = {
    argv: isHere('yara') ? ['yara', '-r', '-w', '-p', '1', rules, tree] : ['true'],
    check: output => {
      const lines = output.split('\n').length - 1
      if (isHere('yara') && lines !== 2 * PLANTED) throw new Error(`yara found ${lines}.`)
    }
  }
  const costs = await alternate(
    {
      executable: ask(program, tree),
      npm: ask(plain, tree),
      'executable, nothing': ask(program, '/nowhere'),
      'npm, nothing': ask(plain, '/nowhere'),
      theirs
    },
    rounds
  )
  for (const [side, of] of [
    ['executable', 'the single executable'],
    ['npm', 'installed by npm']
  ] as const)
    yield* figures(of, costs[side], costs[`${side}, nothing`], costs.theirs)
  yield {
    what: 'yara, peak memory',
    value: await peakOf(ask(program, tree)),
    unit: 'MB',
    note: 'the single executable'
  }
}

const figures = (of: string, ours: Cost, nothing: Cost, theirs: Cost): Figure[] => [
  {
    what: `yara, ${RULES} rules, ${of}, CPU`,
    value: ours.cpuMs / theirs.cpuMs,
    unit: '×',
    aim: { most: MOST },
    note: `${ours.cpuMs.toFixed(0)} ms, ${nothing.cpuMs.toFixed(0)} of them start and rules; yara ${theirs.cpuMs.toFixed(0)} ms`
  }
]
