import type { RunLimits } from '../../documents/charter.ts'
import { codeOf, type ErrorCode } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { ModuleSpec, Row } from '../spec.ts'

/** The limits of a module's runs, `rows` of them by default: what a spec says unless its question is of another size. */
export const runLimits = (rows: number = LIMITS.rows): ModuleSpec['limits'] => {
  const defaults: Required<RunLimits> = {
    wallMs: LIMITS.wallMs,
    cpuMs: LIMITS.cpuMs,
    memoryMiB: LIMITS.memoryMiB,
    rows,
    outputBytes: LIMITS.outputBytes,
    readBytes: LIMITS.readBytes,
    entries: LIMITS.walkEntries
  }
  return {
    defaults,
    most: {
      ...defaults,
      wallMs: 3_600_000,
      cpuMs: 3_600_000,
      memoryMiB: 4_096,
      rows: LIMITS.rowsMax,
      outputBytes: 8 * LIMITS.outputBytes
    }
  }
}

/** The limit that has set off the signal of a run, if one has. Throws where somebody cancelled it. */
export const limitOf = (signal: AbortSignal): ErrorCode | undefined => {
  if (!signal.aborted) return undefined
  const code = codeOf(signal.reason)
  if (!code.startsWith('limit-')) throw signal.reason
  return code
}

/** What a row costs of the output limit, in bytes; the child and its parent measure alike. */
export const sizeOf = (row: Row): number =>
  Object.entries(row).reduce(
    (sum, [name, cell]) =>
      sum + name.length + (cell instanceof Uint8Array || typeof cell === 'string' ? cell.length : 8),
    0
  )
