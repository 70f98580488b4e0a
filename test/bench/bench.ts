/** One figure: a ratio wherever it can be one, with both sides measured in the same run. */
export interface Figure {
  readonly what: string
  readonly value: number
  /** `×`, `ms`, `MB`, `/s`, `µs`, `%`. */
  readonly unit: string
  /** What the house wants of it; a figure without one is there to read the others by. */
  readonly aim?: Aim
  /** The numbers behind it, in words. */
  readonly note?: string
}

export interface Aim {
  readonly most?: number
  readonly least?: number
}

/** A named bench: makes what it needs, removes it, and says its figures one by one as they are known. */
export interface Bench {
  readonly name: string
  readonly sentence: string
  run(options: BenchOptions): AsyncGenerator<Figure>
}

export interface BenchOptions {
  /** Runs of each side; the median counts. */
  readonly rounds: number
  /** What stands after the name, for the bench itself. */
  readonly rest: readonly string[]
}

/** Whether a figure is as the house wants it; undefined where it wants nothing. */
export const isMet = ({ value, aim }: Figure): boolean | undefined =>
  aim === undefined
    ? undefined
    : value <= (aim.most ?? Number.POSITIVE_INFINITY) && value >= (aim.least ?? Number.NEGATIVE_INFINITY)

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
