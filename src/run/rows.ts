import type { Cell, Column, ModuleSpec, Row } from '../modules/spec.ts'

/** Rows on the channel: JSON, with bytes as base64, so that the parent never deserialises more than text from a child. */
export type ChannelRow = Record<string, number | boolean | string | { b: string }>

export const toChannel = (row: Row): ChannelRow =>
  Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [
      name,
      cell instanceof Uint8Array ? { b: Buffer.from(cell).toString('base64') } : cell
    ])
  )

const TYPES: Record<Column['type'], (cell: unknown) => Cell | undefined> = {
  count: cell => (Number.isSafeInteger(cell) ? (cell as number) : undefined),
  time: cell => (Number.isSafeInteger(cell) ? (cell as number) : undefined),
  bool: cell => (typeof cell === 'boolean' ? cell : undefined),
  text: cell => (typeof cell === 'string' && cell.isWellFormed() ? cell : undefined),
  bytes: cell => bytesOf(cell),
  path: cell => bytesOf(cell)
}

const bytesOf = (cell: unknown): Uint8Array | undefined => {
  if (typeof cell !== 'object' || cell === null || !('b' in cell) || typeof cell.b !== 'string')
    return undefined
  return new Uint8Array(Buffer.from(cell.b, 'base64'))
}

/** A row as the spec's columns allow it, or undefined: the child is hostile (it may have been taken over by what it read). */
export const fromChannel = (row: unknown, spec: Pick<ModuleSpec, 'columns'>): Row | undefined => {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined
  const read: Row = {}
  for (const [name, value] of Object.entries(row)) {
    const column = Object.hasOwn(spec.columns, name) ? spec.columns[name] : undefined
    const cell = column && TYPES[column.type](value)
    if (cell === undefined) return undefined
    read[name] = cell
  }
  return read
}
