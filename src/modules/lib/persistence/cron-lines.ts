import type { Start, StartReader } from './entry.ts'
import { fieldsOf, pairOf, saidLines } from './words.ts'

/** Lines of crontab(5) and its relatives. */

const isSetting = (line: string): boolean => /^["']?\w+["']?$/.test(pairOf(line)?.[0] ?? '')

const TIME_FIELDS = 5

/** With `@reboot` and the like one word stands for the five fields of a time. */
const parts = (text: string, more: number): string[] | undefined => {
  const times = text.startsWith('@') ? 1 : TIME_FIELDS
  return fieldsOf(text, times + more)?.slice(times)
}

const started = (rows: readonly (Start | undefined)[]): Start[] =>
  rows.filter(row => row !== undefined && row.commands[0] !== '') as Start[]

/** /etc/crontab and /etc/cron.d: the user stands in front of the command. */
export const systemCron: StartReader = text =>
  started(
    [...saidLines(text)].map(({ text, line }) => {
      if (isSetting(text)) return undefined
      const [user, command] = parts(text, 1) ?? []
      return command === undefined ? undefined : { commands: [command], user, line }
    })
  )

/** A user's own crontab is named after him. */
export const userCron: StartReader = (text, user) =>
  started(
    [...saidLines(text)].map(({ text, line }) => {
      if (isSetting(text)) return undefined
      const [command] = parts(text, 0) ?? []
      return command === undefined ? undefined : { commands: [command], user, line }
    })
  )

/** anacrontab(5): period, delay, name, command. */
export const anacron: StartReader = text =>
  started(
    [...saidLines(text)].map(({ text, line }) => {
      if (isSetting(text)) return undefined
      const command = fieldsOf(text, 3)?.[3]
      return command === undefined ? undefined : { commands: [command], line }
    })
  )

/** incrontab(5): path, mask, command. */
export const incron: StartReader = text =>
  started(
    [...saidLines(text)].map(({ text, line }) => {
      const command = fieldsOf(text, 2)?.[2]
      return command === undefined ? undefined : { commands: [command], line }
    })
  )
