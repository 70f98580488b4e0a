import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { file } from '../../src/modules/file.ts'
import type { Host, Outcome, Row } from '../../src/modules/spec.ts'
import { fileCalls } from '../../src/run/file-calls.ts'

/** A directory that stands for a host, with these files; gone after the test. */
export const plant = (
  t: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, string | Uint8Array>> = {}
): string => {
  const root = mkdtempSync(join(tmpdir(), 'gumshoe-file-'))
  t.after(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

export interface Asked {
  readonly rows: readonly Row[]
  readonly outcome: Outcome
  /** Paths of the rows, sorted, as text. */
  readonly paths: readonly string[]
  /** The same of one search. */
  pathsOf(label: string): readonly string[]
}

export interface AskOptions {
  readonly limits?: Partial<Host['limits']>
  readonly signal?: AbortSignal
  /** The moment of asking, ms. */
  readonly now?: number
  /** With what Node has alone, as where there is no native part for a machine. */
  readonly plain?: boolean
}

/** Asks the file module in this process, flags as typed: relative times, several searches and all. */
export const askFile = async (
  root: string,
  flags: Record<string, unknown>,
  { limits, signal = new AbortController().signal, now = Date.now(), plain = false }: AskOptions = {}
): Promise<Asked> => {
  const params = file.params.parse(JSON.parse(JSON.stringify(file.fromFlags(flags, now))))
  const running = file.run(params, {
    root,
    signal,
    asOf: now,
    limits: { ...file.limits.defaults, ...limits },
    files: plain ? undefined : await fileCalls()
  })
  const rows: Row[] = []
  for (;;) {
    const next = await running.next()
    if (next.done) {
      const pathsOf = (label?: string) =>
        rows
          .filter(row => label === undefined || row['search'] === label)
          .map(row => Buffer.from(row['path'] as Uint8Array).toString())
          .sort()
      return { rows, outcome: next.value, paths: pathsOf(), pathsOf }
    }
    rows.push(next.value)
  }
}
