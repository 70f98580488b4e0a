import { pino } from 'pino'
import { formatTime, systemClock } from './clock.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'

/** Log lines of a program that stays: JSON when not on a terminal, words on one. */
export type Log = (level: Level, event: string, fields?: Record<string, unknown>) => void

interface Sink {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
}

/** A value that stays on its line and does nothing to a terminal, whoever it is from. */
const word = (value: unknown): string =>
  (typeof value === 'string' && /^[!-~]+$/.test(value) ? value : String(JSON.stringify(value))).replace(
    /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu,
    '?'
  )

/** A log on standard error by default; `event` is a stable name, fields are numbers, ids and codes. */
export const makeLog = (name: string, level: Level = 'info', sink: Sink = process.stderr): Log => {
  if (sink.isTTY) {
    const order: Level[] = ['debug', 'info', 'warn', 'error']
    return (at, event, fields = {}) => {
      if (order.indexOf(at) < order.indexOf(level)) return
      const words = Object.entries(fields).map(([key, value]) => `${key}=${word(value)}`)
      const head = `${formatTime(systemClock.now()).slice(11, 19)} ${at === 'info' ? '' : `${at}: `}${event}`
      sink.write(`${[head, words.join(' ')].filter(Boolean).join('  ')}\n`)
    }
  }
  const logger = pino(
    {
      name,
      level,
      base: { name, pid: process.pid },
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) }
    },
    sink as never
  )
  return (at, event, fields = {}) => logger[at](fields, event)
}
