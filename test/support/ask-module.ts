import type { ModuleSpec, Outcome, Row } from '../../src/modules/spec.ts'
import { fileCalls } from '../../src/run/file-calls.ts'
import type { AskOptions } from './ask-file.ts'

/** Asks any module in this process, flags as typed. */
export const askModule = async <P>(
  spec: ModuleSpec<P>,
  root: string,
  flags: Record<string, unknown>,
  { limits, signal = new AbortController().signal, now = Date.now(), plain = false }: AskOptions = {}
): Promise<{ rows: Row[]; outcome: Outcome }> => {
  const params = spec.params.parse(JSON.parse(JSON.stringify(spec.fromFlags(flags, now))))
  const files = plain ? undefined : await fileCalls()
  const running = spec.run(params, {
    root,
    signal,
    asOf: now,
    limits: { ...spec.limits.defaults, ...limits },
    files
  })
  const rows: Row[] = []
  for (;;) {
    const next = await running.next()
    if (next.done) return { rows, outcome: next.value }
    rows.push(next.value)
  }
}

/** One column of rows as text, bytes as UTF-8; empty where a row lacks it. */
export const column = (rows: readonly Row[], name: string): string[] =>
  rows.map(row => {
    const cell = row[name]
    return cell instanceof Uint8Array ? Buffer.from(cell).toString() : String(cell ?? '')
  })
