import { randomInt } from 'node:crypto'

/** A number from 0 to 1, for jitter. */
export const chance = (): number => randomInt(2 ** 32) / 2 ** 32
