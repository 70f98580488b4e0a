import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { file as module } from '../../src/modules/file.ts'
import type { Search } from '../../src/modules/lib/files/search-params.ts'
import type { Aim, Bench, Figure } from './bench.ts'
import { ALTERNATION, LITERAL, PLANTED, plantTree, tenthOf } from './file-tree.ts'
import { alternate, type Command, type Cost, measure, peakOf } from './measure.ts'
import { HANDED, isHere, type Program, programOf } from './program.ts'

/** What is asked of the module, and what a person would type to have the same from the best tool there is, on one core. */
interface Contest {
  readonly what: string
  readonly search: Omit<Search, 'label' | 'paths'>
  /** How many files hold it. */
  readonly hits: number
  readonly aim: Aim
  readonly peer: (tree: string) => readonly [string, ...string[]]
}

const RIPGREP = ['rg', '--no-config', '-j1', '-uu', '-a', '-l', '-e'] as const

const CONTESTS: Readonly<Record<string, Contest>> = {
  walk: {
    what: 'walk with stat',
    search: { sizes: [{ from: 900_000_000 }] },
    hits: 0,
    aim: { most: 0.9 },
    peer: tree => ['find', tree, '-type', 'f', '-size', '+900000000c', '-ls']
  },
  sha256: {
    what: 'sha256',
    search: { sha2: ['0'.repeat(64)] },
    hits: 0,
    aim: { most: 0.6 },
    peer: tree => ['sh', '-c', 'find "$1" -type f -exec sha256sum {} + > /dev/null', 'sh', tree]
  },
  content: {
    what: 'content',
    search: { contents: [LITERAL] },
    hits: PLANTED,
    aim: { most: 1 },
    peer: tree => [...RIPGREP, LITERAL, tree]
  },
  alternation: {
    what: '(?i) alternation',
    search: { contents: [ALTERNATION] },
    hits: PLANTED,
    aim: { most: 1.5 },
    peer: tree => [...RIPGREP, ALTERNATION, tree]
  }
}

const limits = { ...module.limits.defaults, cpuMs: 600_000, wallMs: 600_000 }

/** The module behind its fence, as an agent starts it: from the start of the process to its last word. */
const ours = (program: Program, tree: string, contests: readonly Contest[]): Command => {
  const searches = contests.map(({ search }, i) => ({ label: `s${i}`, paths: [tree], ...search }))
  return {
    argv: [...program, 'fence'],
    handed: HANDED,
    input: `${JSON.stringify({ module: 'file/1', params: { searches }, root: '/', asOf: 0, limits, attachments: [] })}\n`,
    check: output => {
      const { outcome } = JSON.parse(output.trim().split('\n').at(-1)!)
      const hits = contests.map((_, i) => outcome.counts[`s${i}`])
      const { unreadable, skipped } = outcome.coverage
      if (
        tree !== '/nowhere' &&
        (String(hits) !== String(contests.map(c => c.hits)) || unreadable + skipped > 0)
      )
        throw new Error(`The module is wrong: ${JSON.stringify(outcome)}`)
    }
  }
}

const theirs = ({ peer, hits }: Contest, tree: string): Command => ({
  argv: peer(tree),
  check: output => {
    const lines = output.split('\n').length - 1
    if (lines !== hits) throw new Error(`${peer(tree)[0]} found ${lines} and not ${hits}.`)
  }
})

const ms = (value: number): string => `${Math.round(value)} ms`

const beside = (what: string, mine: Cost, other: Cost, name: string, aim: Aim): Figure[] => [
  {
    what: `${what}, CPU`,
    value: mine.cpuMs / other.cpuMs,
    unit: '×',
    aim,
    note: `${ms(mine.cpuMs)}, ${name} ${ms(other.cpuMs)}`
  },
  {
    what: `${what}, wall`,
    value: mine.wallMs / other.wallMs,
    unit: '×',
    aim,
    note: `${ms(mine.wallMs)}, ${name} ${ms(other.wallMs)}`
  }
]

/** The file module beside find, sha256sum and ripgrep on one tree, its pages in memory. */
export const file: Bench = {
  name: 'file',
  sentence: '100,000 files with 1 GiB, each side a process of its own on one core, pages in memory.',
  run: async function* ({ rounds, rest }) {
    const home = mkdtempSync(join(tmpdir(), 'gumshoe-bench-'))
    try {
      // For who works on the module: a tree that is there already.
      const given = process.env['GUMSHOE_BENCH_TREE']
      const tree = given ?? join(home, 'tree')
      if (!existsSync(tree)) plantTree(tree)
      yield* figures(await programOf(rest, home), tree, rounds, rest)
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  }
}

async function* figures(
  program: Program,
  path: string,
  rounds: number,
  rest: readonly string[]
): AsyncGenerator<Figure> {
  const nothing = await alternate({ ours: ours(program, '/nowhere', [CONTESTS['walk']!]) }, rounds)
  yield { what: 'start and end of the child, CPU', value: nothing.ours.cpuMs, unit: 'ms' }
  const costs: Cost[] = []
  const picked = Object.entries(CONTESTS).filter(
    ([name]) => !rest.some(word => word in CONTESTS) || rest.includes(name)
  )
  for (const [, contest] of picked) {
    const tool = contest.peer(path)[0] === 'sh' ? 'sha256sum' : contest.peer(path)[0]
    if (!isHere(tool)) {
      console.log(`  ${contest.what}: ${tool} is not installed here.`)
      costs.push((await alternate({ ours: ours(program, path, [contest]) }, rounds)).ours)
      continue
    }
    const sides = { ours: ours(program, path, [contest]), peer: theirs(contest, path) }
    // Once before, so that every page is in memory.
    for (const side of Object.values(sides)) await measure(side)
    const { ours: mine, peer } = await alternate(sides, rounds)
    costs.push(mine)
    yield* beside(contest.what, mine, peer, tool, contest.aim)
  }
  if (picked.length < Object.keys(CONTESTS).length) return
  const all = Object.values(CONTESTS)
  const together = await alternate({ ours: ours(program, path, all) }, rounds)
  const dearest = costs.reduce((a, b) => (b.cpuMs > a.cpuMs ? b : a))
  yield* beside('all of it in one action', together.ours, dearest, 'the dearest alone', { most: 1.2 })
  const one = all.map(contest => ({ ...contest, hits: contest.hits / 10 }))
  const small = await peakOf(ours(program, tenthOf(path), one))
  const large = await peakOf(ours(program, path, all))
  yield {
    what: 'peak memory, ten times the files',
    value: large / small,
    unit: '×',
    aim: { most: 1.1 },
    note: `${large.toFixed(1)} MB, a tenth ${small.toFixed(1)} MB`
  }
}
