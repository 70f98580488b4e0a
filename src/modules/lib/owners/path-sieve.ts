const LINE_FEED = 0x0a
const PLACES = 1 << 16
/** Of hundreds of thousands of paths few are asked for: a look at three bytes of each is cheaper than to make a text of it. */
export class PathSieve {
  readonly #wanted: ReadonlySet<string>
  readonly #seen = new Uint8Array(PLACES)

  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted
    for (const path of wanted) {
      const bytes = Buffer.from(path, 'latin1')
      this.#seen[placeOf(bytes, 1, bytes.length)] = 1
    }
  }

  /** The path without its first slash in [from, to) of some bytes, with it, where it is one that is asked for. */
  wanted(bytes: Buffer, from: number, to: number): string | undefined {
    if (to <= from || this.#seen[placeOf(bytes, from, to)] === 0) return undefined
    const path = `/${bytes.toString('latin1', from, to)}`
    return this.#wanted.has(path) ? path : undefined
  }
}

const placeOf = (bytes: Uint8Array, from: number, to: number): number => {
  const middle = bytes[(from + to) >> 1]!
  const late = bytes[Math.max(from, to - 4)]!
  return ((to - from) * 257 + bytes[to - 1]! * 31 + middle * 7 + late) & (PLACES - 1)
}

/** Where each line of some bytes begins and ends. */
export const eachLine = (bytes: Buffer, take: (from: number, to: number) => void): void => {
  for (let from = 0, to = 0; from < bytes.length; from = to + 1) {
    to = bytes.indexOf(LINE_FEED, from)
    if (to < 0) to = bytes.length
    take(from, to)
  }
}
