import { decodeCbor, encodeCbor } from '../src/codec.ts'
import { LIMITS } from '../src/limits.ts'
import type { Parcel } from '../src/mesh/sync/ports.ts'
import type { Database, Write } from '../src/store/database.ts'

/** One signed place of this agent's chain that is to reach the nodes. */
export interface Out {
  readonly id: string
  readonly action: string
  readonly seq: number
  readonly parcel: Parcel
}

/** The same as it is held in memory: the parcel is on the disk. */
export interface OutMark {
  readonly id: string
  readonly action: string
  readonly seq: number
  readonly bytes: number
  /** Nodes whose receipt we hold. */
  readonly receipts: readonly string[]
}

const PARCELS = 'out'
const RECEIPTS = 'receipts'
const padded = (seq: number): string => String(seq).padStart(16, '0')
const sizeOf = ({ envelope, body }: Parcel): number => envelope.length + (body?.length ?? 0)

/** What waits for its receipts, over restarts. */
export class Outgoing {
  readonly #database: Database
  readonly #marks = new Map<number, OutMark>()
  /** Parcels that were written a moment ago: nearly all leave at once, and need not be read again for each node. */
  readonly #fresh = new Map<number, Parcel>()
  #freshBytes = 0
  /** Whose receipts stand on the disk, and whose do not yet. */
  readonly #kept = new Set<number>()
  readonly #unkept = new Set<number>()
  #bytes = 0

  private constructor(database: Database) {
    this.#database = database
  }

  static async open(database: Database): Promise<Outgoing> {
    const outgoing = new Outgoing(database)
    const receipts = new Map<string, string[]>()
    for await (const { key, value } of database.entries(RECEIPTS))
      if (value !== undefined) receipts.set(key, decodeCbor(value) as string[])
    for (const key of receipts.keys()) outgoing.#kept.add(Number(key))
    // A damaged one is a gap in the chain, which its readers see.
    for await (const { key, value } of database.entries(PARCELS))
      if (value !== undefined) outgoing.#mark(decodeCbor(value) as Out, receipts.get(key) ?? [])
    return outgoing
  }

  /** What waits altogether. */
  get bytes(): number {
    return this.#bytes
  }

  /** In the order of the chain. */
  marks(): OutMark[] {
    return [...this.#marks.values()]
  }

  /** The write that keeps one; `added` once it is done. */
  write(out: Out): Write {
    return { shelf: PARCELS, key: padded(out.seq), value: encodeCbor(out) }
  }

  added(out: Out): void {
    this.#mark(out, [])
    const size = sizeOf(out.parcel)
    if (this.#freshBytes + size > LIMITS.freshOutBytes) return
    this.#fresh.set(out.seq, out.parcel)
    this.#freshBytes += size
  }

  /** Undefined where it has left meanwhile, or is damaged. */
  async parcel(seq: number): Promise<Parcel | undefined> {
    const fresh = this.#fresh.get(seq)
    if (fresh !== undefined) return fresh
    const value = await this.#database.get(PARCELS, padded(seq)).catch(() => undefined)
    return value === undefined ? undefined : (decodeCbor(value) as Out).parcel
  }

  /**
   * One more node holds it; with `enough` receipts of nodes in force it is forgotten here, by the same write as `out`.
   * True when that came about now. Receipts before that are in memory only until `keepReceipts`: the next one mostly comes
   * within the same moment, and a node gives one that was lost again.
   */
  async receipt(
    seq: number,
    node: string,
    { inForce, enough }: { inForce: ReadonlySet<string>; enough: number },
    ...out: Write[]
  ): Promise<boolean> {
    const mark = this.#marks.get(seq)
    if (mark === undefined || mark.receipts.includes(node)) return false
    const receipts = [...mark.receipts.filter(peer => inForce.has(peer)), node]
    if (receipts.length < enough) {
      this.#marks.set(seq, { ...mark, receipts })
      this.#unkept.add(seq)
      return false
    }
    this.#forget(mark)
    const key = padded(seq)
    const kept = this.#kept.delete(seq) ? [{ shelf: RECEIPTS, key }] : []
    await this.#database.write([{ shelf: PARCELS, key }, ...kept, ...out], { sync: false })
    return true
  }

  /** Receipts of what still waits last over restarts from here on. Throws what the store throws. */
  async keepReceipts(): Promise<void> {
    const waiting = [...this.#unkept].flatMap(seq => this.#marks.get(seq) ?? [])
    this.#unkept.clear()
    if (waiting.length === 0) return
    for (const { seq } of waiting) this.#kept.add(seq)
    const write = ({ seq, receipts }: OutMark) => ({
      shelf: RECEIPTS,
      key: padded(seq),
      value: encodeCbor(receipts)
    })
    await this.#database.write(waiting.map(write), { sync: false })
  }

  #forget({ seq, bytes }: OutMark): void {
    this.#marks.delete(seq)
    this.#bytes -= bytes
    this.#unkept.delete(seq)
    if (this.#fresh.delete(seq)) this.#freshBytes -= bytes
  }

  #mark({ id, action, seq, parcel }: Out, receipts: readonly string[]): void {
    const bytes = sizeOf(parcel)
    this.#marks.set(seq, { id, action, seq, bytes, receipts })
    this.#bytes += bytes
  }
}
