import type { Connected } from '../connect.ts'
import { History, type HistoryRecord } from '../history.ts'
import { publish } from './publish.ts'

/**
 * A question that was asked while every node was gone is theirs later: the first command that looks at it again gives them
 * the question and the keywraps, so that its other readers can open the answers too.
 */
export const giveOwed = async (connected: Connected, record: HistoryRecord | undefined): Promise<void> => {
  if (record?.owed === undefined || (await connected.nodes()).length === 0) return
  const { owed, ...rest } = record
  const { nodes } = await publish(connected, record.id, record.envelope, owed)
  if (nodes > 0) new History(connected.context.home).keep(rest)
}
