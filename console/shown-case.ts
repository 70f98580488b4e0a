import type { OpenCase } from './answers/standing.ts'
import type { Connected } from './connect.ts'
import type { HistoryRecord } from './history.ts'
import { KnownWords } from './known-words.ts'
import { type Result, resultOf } from './views/result.ts'

/** An opened action as this console shows it: with its short name, and with what it has learnt of ordinary names. */
export const shownCase = (
  { context: { home, clock } }: Pick<Connected, 'context'>,
  open: OpenCase,
  { short, names }: Pick<HistoryRecord, 'short' | 'names'>
): Result => resultOf(open, short, names, clock.now(), new KnownWords(home).all())
