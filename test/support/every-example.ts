import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { linesOf } from '../../console/tour/mesh.ts'
import { LIMITS } from '../../src/limits.ts'
import { MODULES } from '../../src/modules/index.ts'
import type { ModuleSpec } from '../../src/modules/spec.ts'
import { quoted } from '../docs-modules.ts'
import type { TestFleet } from './fleet.ts'

type Line = Record<string, unknown>
interface Answered {
  readonly op: string
  readonly state: string
  readonly verdict: string | null
  readonly code: string | null
}

/** One example, as the documentation of its module has it. */
interface Typed {
  readonly module: string
  readonly words: string
}

/** The words with what is reached on this machine, in the place of a name in the documentation. */
type Nearby = (module: string, argv: readonly string[]) => readonly string[]

const SPECS = MODULES as readonly ModuleSpec[]

/** Its words, but that files lie in a directory of the test. */
const typed = (spec: ModuleSpec, directory: string, nearby: Nearby): Typed[] =>
  spec.examples.map(({ argv, files = {} }) => ({
    module: spec.name,
    words: nearby(spec.name, argv)
      .map(word => {
        if (files[word] === undefined) return word
        const path = join(directory, word)
        writeFileSync(path, files[word])
        return path
      })
      .map(quoted)
      .join(' ')
  }))

/**
 * Asks one host every example of these modules, as many in one action as it takes, and holds each answer to this: a verdict,
 * and where that is `partial`, what was not seen. Returns how many there were.
 */
export const askEveryExample = async (
  fleet: TestFleet,
  host: string,
  modules: (spec: ModuleSpec) => boolean,
  more: readonly string[] = [],
  nearby: Nearby = (_, argv) => argv
): Promise<number> => {
  const all = SPECS.filter(modules).flatMap(spec => typed(spec, fleet.fleet.directory, nearby))
  for (let from = 0; from < all.length; from += LIMITS.operations) {
    const some = all.slice(from, from + LIMITS.operations)
    const lines = await compose(fleet, host, some, more)
    const hosts = lines.filter(({ type }) => type === 'host')
    assert.deepEqual(hosts.length, 1, JSON.stringify(lines))
    const { operations, coverage } = hosts[0] as { operations: Answered[]; coverage: Line | null }
    assert.equal(operations.length, some.length, JSON.stringify(hosts))
    for (const [i, { module, words }] of some.entries()) {
      const answer = operations.find(({ op }) => op === `o${i + 1}`)
      const what = `gumshoe ${module} ${words}: ${JSON.stringify(answer)}, ${JSON.stringify(coverage)}`
      // To send ICMP is a right that this machine may not give.
      if (module === 'ping' && answer?.code === 'unsupported') continue
      assert.ok(answer?.state === 'done' || answer?.state === 'limit', what)
      assert.ok(['yes', 'no', 'partial'].includes(answer.verdict ?? ''), what)
      const unseen = Number(coverage?.['unreadable']) + Number(coverage?.['skipped'])
      if (answer.verdict === 'partial') assert.ok(answer.code !== null || unseen > 0, what)
    }
  }
  return all.length
}

/** Anna's weight is enough for what is sensitive too. */
const compose = async (
  { fleet, anna }: TestFleet,
  host: string,
  some: readonly Typed[],
  more: readonly string[]
): Promise<Line[]> => {
  const ops = some.flatMap(({ module, words }, i) => ['--op', `o${i + 1}: ${module} ${words}`])
  const words = [
    'compose',
    '-t',
    `hostname=${host}`,
    '--yes',
    '--json',
    '--wait',
    '10m',
    ...more,
    ...ops,
    '--home',
    anna
  ]
  const done = await fleet.run('gumshoe', words, { timeoutMs: 660_000 })
  assert.ok([0, 3].includes(done.status), done.screen)
  return linesOf(done.stdout)
}
