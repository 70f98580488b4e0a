import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { ROOT } from '../../source-tree.ts'
import type { Figure } from '../bench.ts'
import { alternate, type Cost } from '../measure.ts'
import { type Asked, asking, type Given, type Section } from './section.ts'

const HELD = 1024 ** 3
/** Programs and texts. */
const CONTENTS = [dirname(process.execPath), '/usr/bin', join(ROOT, 'src/modules/lib'), join(ROOT, 'docs')]
const NEEDLE = 'gumshoe-bench-4711-0815-needle'

/** What is looked for: one thing, or more, of which each has its price. */
const WAYS: Readonly<Record<string, Record<string, unknown>>> = {
  text: { text: [NEEDLE] },
  bytes: { bytes: [Buffer.from(NEEDLE).toString('hex')] },
  expression: { content: ['gumshoe-bench-[0-9]+-[0-9]{4}-needle'] },
  'expression, any case': { content: ['(?i)GUMSHOE-BENCH-\\d+-\\d+'] },
  'sixteen texts': {
    any: true,
    text: [NEEDLE, ...Array.from({ length: 15 }, (_, i) => `no-such-text-${i}-${NEEDLE.slice(0, 7)}`)]
  }
}
/** What a search for one thing may cost beside reading alone. */
const MOST = 1.5
const MORE: readonly string[] = ['expression, any case', 'sixteen texts']
/** Behind the last address of a process. */
const NOWHERE = String(2 ** 52)

/** Beside reading the same pages and doing nothing with them: 1 GiB of programs and texts in one process. */
export const memory: Section = async function* (given) {
  const turned = [...NEEDLE].reverse().join('')
  const held = spawn(
    process.execPath,
    [join(ROOT, 'test/bench/modules/memory-held.ts'), String(HELD), turned, ...CONTENTS],
    { stdio: ['ignore', 'pipe', 'inherit'] }
  )
  try {
    await once(held.stdout, 'data')
    yield* figures(given, String(held.pid))
  } finally {
    held.kill('SIGKILL')
  }
}

async function* figures({ program, rounds }: Given, pid: string): AsyncGenerator<Figure> {
  const plain = join(ROOT, 'test/bench/modules/memory-plain.ts')
  const asked = (flags: Record<string, unknown>, isThere: boolean): Asked => ({
    module: 'memory/1',
    flags: { pid: [pid], ...flags },
    check: ({ found, coverage }) => found === isThere && coverage.unreadable === 0
  })
  const none = asked({ text: [NEEDLE], offset: NOWHERE }, false)
  for (const [name, flags] of Object.entries(WAYS)) {
    const { ours, empty, read, start } = await alternate(
      {
        ours: asking(program, asked(flags, true)),
        empty: asking(program, none),
        read: {
          argv: [process.execPath, plain, pid],
          check: bytes => {
            if (Number(bytes) < HELD) throw new Error(`Read ${bytes} bytes.`)
          }
        },
        start: { argv: [process.execPath, plain, pid, NOWHERE] }
      },
      rounds
    )
    yield* figure(name, { ours, empty, read, start })
  }
}

type Costs = Readonly<Record<'ours' | 'empty' | 'read' | 'start', Cost>>

const figure = (name: string, { ours, empty, read, start }: Costs): Figure[] => [
  {
    what: `memory, ${name}, CPU beside reading alone`,
    value: ours.cpuMs / read.cpuMs,
    unit: '×',
    note: `${ours.cpuMs.toFixed(0)} ms, reading ${read.cpuMs.toFixed(0)} ms`
  },
  {
    what: `memory, ${name}, beyond the starts of both`,
    value: (ours.cpuMs - empty.cpuMs) / (read.cpuMs - start.cpuMs),
    unit: '×',
    ...(!MORE.includes(name) && { aim: { most: MOST } }),
    note: `${(ours.cpuMs - empty.cpuMs).toFixed(0)} ms, reading ${(read.cpuMs - start.cpuMs).toFixed(0)} ms`
  }
]
