import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { median } from './bench.ts'

/** A process to measure. */
export interface Command {
  readonly argv: readonly [string, ...string[]]
  /** Written to its standard input, which stays open until it ends. */
  readonly input?: string
  /** A file that it has open as descriptor 3, as an agent hands its native part to its children. */
  readonly handed?: string
  /** Looks at what it said; throws where that is wrong: a fast wrong answer is no figure. */
  readonly check?: (output: string) => void
}

/** User and system time of a process and its children, and the time that passed, in ms. */
export interface Cost {
  readonly cpuMs: number
  readonly wallMs: number
}

/** Bash alone, on every machine, tells the CPU time of one command; its report goes to a descriptor of its own. */
const TIMED = `TIMEFORMAT='%U %S %R'; { time "$@" 2>&5 4>&- 5>&-; } 5>&2 2>&4`

/** Takes what it is handed open for as long as `start` takes. */
const withHanded = <T>(handed: string | undefined, start: (fd: number | 'ignore') => T): T => {
  if (handed === undefined) return start('ignore')
  const fd = openSync(handed, 'r')
  try {
    return start(fd)
  } finally {
    closeSync(fd)
  }
}

export const measure = async ({ argv, input, handed, check }: Command): Promise<Cost> => {
  const child = withHanded(handed, fd =>
    spawn('bash', ['-c', TIMED, 'bash', ...argv], { stdio: ['pipe', 'pipe', 'inherit', fd, 'pipe'] })
  )
  if (input === undefined) child.stdin!.end()
  else child.stdin!.write(input)
  const texts = Promise.all([textOf(child.stdout!), textOf(child.stdio[4] as Readable)])
  await once(child, 'exit')
  child.stdin!.destroy()
  const [output, report] = await texts
  const [user, system, real] = report.trim().split(' ').map(Number) as [number, number, number]
  if (!Number.isFinite(real)) throw new Error(`${argv[0]}: ${report}`)
  check?.(output)
  return { cpuMs: (user + system) * 1_000, wallMs: real * 1_000 }
}

/** Runs each side in turn, so that whatever else the machine does falls on all of them; the medians by name. */
export const alternate = async <Name extends string>(
  sides: Readonly<Record<Name, Command>>,
  rounds: number
): Promise<Record<Name, Cost>> => {
  const names = Object.keys(sides) as Name[]
  const costs = new Map<Name, Cost[]>(names.map(name => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const name of names) costs.get(name)!.push(await measure(sides[name]))
  const middle = (name: Name): Cost => ({
    cpuMs: median(costs.get(name)!.map(({ cpuMs }) => cpuMs)),
    wallMs: median(costs.get(name)!.map(({ wallMs }) => wallMs))
  })
  return Object.fromEntries(names.map(name => [name, middle(name)])) as Record<Name, Cost>
}

const LOOK_MS = 5

/** The most memory that a process held at once, in MB: what the kernel says of it, last looked at just before it ends. */
export const peakOf = async ({ argv, input, handed, check }: Command): Promise<number> => {
  const child = withHanded(handed, fd =>
    spawn(argv[0], argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit', fd] })
  )
  if (input !== undefined) child.stdin!.write(input)
  let peak = 0
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'latin1')
      peak = Math.max(peak, Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0))
    } catch {
      // It has ended.
    }
  }, LOOK_MS)
  const output = textOf(child.stdout!)
  await once(child, 'exit')
  clearInterval(look)
  child.stdin!.destroy()
  check?.(await output)
  return peak / 1_024
}

const textOf = async (stream: Readable): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('latin1')
}
