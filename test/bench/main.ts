import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { arch, cpus, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from '../source-tree.ts'
import type { Bench, Figure } from './bench.ts'
import { isMet } from './bench.ts'
import { lineOf } from './table.ts'

/**
 * npm run bench [-- NAME…] [--rounds N] [--keep]: runs benches, shows their figures, and with `--keep` writes them to
 * test/bench/results by date. A missed aim is shown and fails nothing: the machine may be busy.
 */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  file: async () => (await import('./file.ts')).file,
  fleet: async () => (await import('./fleet.ts')).fleet,
  gate: async () => (await import('./gate.ts')).gate,
  keep: async () => (await import('./keep.ts')).keep,
  modules: async () => (await import('./modules.ts')).modules,
  real: async () => (await import('./real.ts')).real,
  idle: async () => (await import('./idle.ts')).idle
}

const main = async (argv: readonly string[]): Promise<void> => {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '5' }, keep: { type: 'boolean', default: false } }
  })
  const known = positionals.filter(word => Object.hasOwn(BENCHES, word))
  const rest = positionals.filter(word => !Object.hasOwn(BENCHES, word))
  for (const name of known.length > 0 ? known : Object.keys(BENCHES)) {
    const bench = await BENCHES[name]!()
    console.log(`\n${bench.name}: ${bench.sentence}`)
    const figures: Figure[] = []
    for await (const figure of bench.run({ rounds: Number(values.rounds), rest })) {
      figures.push(figure)
      console.log(lineOf(figure))
    }
    if (values.keep) keep(bench, figures)
  }
}

const keep = (bench: Bench, figures: readonly Figure[]): void => {
  const now = new Date().toISOString()
  const directory = join(ROOT, 'test/bench/results')
  mkdirSync(directory, { recursive: true })
  const path = join(directory, `${now.slice(0, 16).replace(':', '')}-${bench.name}.json`)
  const kept = figures.map(figure => ({ ...figure, met: isMet(figure) }))
  const result = { bench: bench.name, at: now, commit: commit(), machine: machine(), figures: kept }
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`)
  console.log(`kept: ${path.slice(ROOT.length + 1)}`)
}

const commit = (): string =>
  execFileSync('git', ['describe', '--always', '--dirty'], { cwd: ROOT, encoding: 'utf8' }).trim()

const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 2 ** 20),
  arch: arch(),
  kernel: release(),
  node: process.version
})

main(process.argv.slice(2)).catch(error => {
  console.error(error)
  process.exit(1)
})
