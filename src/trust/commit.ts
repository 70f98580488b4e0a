import { createHmac, hash } from 'node:crypto'
import { sha256, toHex, utf8Bytes } from '../codec.ts'
import type { Disclosure } from '../documents/vocabulary.ts'
import { COMMITMENT_BYTES, type WireCell, type WireRow } from '../documents/wire-row.ts'
import { type Cell, type Column, type ModuleSpec, moduleId, type Row } from '../modules/spec.ts'

const ZERO = Uint8Array.of(0)
const SLASH = 0x2f

/** The key of an action's commitments: SHA-256("gumshoe/commit/1" ‖ 0x00 ‖ id), the id being its 64 hex digits in ASCII. */
export const commitKey = (actionId: string): Uint8Array =>
  sha256(utf8Bytes('gumshoe/commit/1'), ZERO, utf8Bytes(actionId))

/**
 * The first 16 bytes of HMAC-SHA-256(key, module/major ‖ 0x00 ‖ column ‖ 0x00 ‖ value). Equal values on different hosts
 * give equal commitments within one action, so that the console can stack them; whoever can guess a value can find it.
 */
export const commitment = (
  key: Uint8Array,
  module: string,
  column: string,
  value: Uint8Array
): Uint8Array => {
  const mac = createHmac('sha256', key)
  mac.update(utf8Bytes(`${module}\0${column}\0`))
  mac.update(value)
  return new Uint8Array(mac.digest().subarray(0, COMMITMENT_BYTES))
}

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32

/**
 * The same for many values of one column, in a seventh of the time: HMAC is two digests (RFC 2104), and one that is asked for
 * in one call costs what four of the calls above do.
 */
export const committer = (
  key: Uint8Array,
  module: string,
  column: string
): ((value: Uint8Array) => Uint8Array) => {
  const block = (pad: number): Uint8Array => {
    const bytes = new Uint8Array(BLOCK_BYTES).fill(pad)
    for (const [i, byte] of key.entries()) bytes[i]! ^= byte
    return bytes
  }
  const begin = Buffer.concat([block(0x36), utf8Bytes(`${module}\0${column}\0`)])
  let inner = Buffer.concat([begin, new Uint8Array(256)])
  const outer = Buffer.concat([block(0x5c), new Uint8Array(DIGEST_BYTES)])
  return value => {
    const length = begin.length + value.length
    if (length > inner.length) inner = Buffer.concat([begin, new Uint8Array(value.length)])
    inner.set(value, begin.length)
    outer.set(hash('sha256', inner.subarray(0, length), 'buffer'), BLOCK_BYTES)
    return new Uint8Array(hash('sha256', outer, 'buffer').subarray(0, COMMITMENT_BYTES))
  }
}

/** What is committed to: a host's bytes as they are, text as UTF-8, numbers and truths as they are written. */
export const valueBytes = (cell: Cell): Uint8Array =>
  cell instanceof Uint8Array ? cell : utf8Bytes(String(cell))

/**
 * A path as components. `joinPath` is the exact inverse, also for doubled and trailing slashes.
 * Each component is committed to by its own bytes alone, not with what stands before it: so a console's dictionary of
 * ordinary names is a list of words and not of paths, a dark file in a known directory shows the directory, and one odd
 * name is seen to be the same in every directory and on every host. The price is that equal names are seen to be equal.
 */
export const splitPath = (path: Uint8Array): { absolute: boolean; components: Uint8Array[] } => {
  const absolute = path[0] === SLASH
  const components: Uint8Array[] = []
  const rest = absolute ? path.subarray(1) : path
  if (rest.length === 0) return { absolute, components }
  let start = 0
  for (let at = rest.indexOf(SLASH); at >= 0; at = rest.indexOf(SLASH, start)) {
    components.push(rest.slice(start, at))
    start = at + 1
  }
  components.push(rest.slice(start))
  return { absolute, components }
}

/** The inverse of splitPath. */
export const joinPath = (absolute: boolean, components: readonly Uint8Array[]): Uint8Array => {
  const parts: Uint8Array[] = absolute ? [Uint8Array.of(SLASH)] : []
  for (const [i, component] of components.entries()) {
    if (i > 0) parts.push(Uint8Array.of(SLASH))
    parts.push(component)
  }
  return new Uint8Array(Buffer.concat(parts))
}

/** One commitment a component, in order. */
export const pathCommitments = (
  key: Uint8Array,
  module: string,
  column: string,
  path: Uint8Array
): Uint8Array[] => splitPath(path).components.map(component => commitment(key, module, column, component))

/** What a host keeps (encrypted, by the agent) so that it can open a commitment later. */
export interface Opening {
  readonly commitment: Uint8Array
  readonly column: string
  /** The committed bytes: a whole value, or one component of a path. */
  readonly value: Uint8Array
}

export interface Disclosed {
  readonly rows: WireRow[]
  readonly openings: Opening[]
}

/** Commits to the values of one answer, each distinct one once. */
class Committer {
  readonly openings: Opening[] = []
  private readonly known = new Map<string, Uint8Array>()
  private readonly key: Uint8Array
  private readonly module: string

  constructor(actionId: string, module: string) {
    this.key = commitKey(actionId)
    this.module = module
  }

  commit(column: string, value: Uint8Array): Uint8Array {
    const name = `${column}\0${toHex(value)}`
    let made = this.known.get(name)
    if (made === undefined) {
      made = commitment(this.key, this.module, column, value)
      this.known.set(name, made)
      this.openings.push({ commitment: made, column, value })
    }
    return made
  }
}

const hashedCell = (
  committer: Committer,
  name: string,
  column: Column,
  cell: Cell,
  literals: ReadonlyMap<string, number>
): WireCell | undefined => {
  if (column.secrecy === 'plain') return cell
  const value = valueBytes(cell)
  if (column.secrecy === 'guessable') {
    const g = literals.get(toHex(value))
    return g === undefined ? undefined : { g }
  }
  if (column.type !== 'path') return { c: committer.commit(name, value) }
  const { absolute, components } = splitPath(value)
  const commitments = components.map(component => committer.commit(name, component))
  return absolute ? { p: commitments } : { r: commitments }
}

/**
 * What leaves the host of the rows that a module yielded, and what stays to be revealed. `match`: no rows (the counts
 * travel beside them). `hashed`: plain columns as they are, private ones as commitments, guessable ones only as which of
 * the question's own literals they equal. `clear`: the values. Columns that the spec does not declare never leave.
 */
export const disclose = (
  disclosure: Disclosure,
  spec: Pick<ModuleSpec, 'name' | 'major' | 'columns'>,
  actionId: string,
  literals: readonly string[],
  rows: readonly Row[]
): Disclosed => {
  if (disclosure === 'match') return { rows: [], openings: [] }
  const committer = new Committer(actionId, moduleId(spec))
  const places = new Map<string, number>()
  for (const [i, literal] of literals.entries()) {
    const name = toHex(utf8Bytes(literal))
    if (!places.has(name)) places.set(name, i)
  }
  const columns = Object.entries(spec.columns)
  const out = rows.map(row => {
    const wire: WireRow = {}
    for (const [name, column] of columns) {
      const cell = row[name]
      if (cell === undefined) continue
      const made = disclosure === 'clear' ? cell : hashedCell(committer, name, column, cell, places)
      if (made !== undefined) wire[name] = made
    }
    return wire
  })
  return { rows: out, openings: committer.openings }
}
