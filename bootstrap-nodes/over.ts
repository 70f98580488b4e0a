import { parseTime } from '../src/clock.ts'
import type { Cancel } from '../src/documents/action.ts'
import { LIMITS } from '../src/limits.ts'

/** True where no action that the cancel may name can be open any more. */
export const isOver = ({ issued }: Pick<Cancel, 'issued'>, now: number): boolean =>
  now > parseTime(issued) + LIMITS.cancelMs
