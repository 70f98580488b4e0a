import { GumshoeError } from '../../src/errors.ts'

const UNITS = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 366 * 86_400_000
} as const

/** `90s`, `15m`, `24h`, `30d`, `2w`, `1y` → ms. Throws `usage` naming the flag. */
export const parseDuration = (text: string, flag: string): number => {
  const match = /^([1-9][0-9]{0,5})([smhdwy])$/.exec(text)
  if (match === null)
    throw new GumshoeError('usage', `${flag} ${JSON.stringify(text)} is no duration; write 24h, 30d or 1y.`)
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]
}
