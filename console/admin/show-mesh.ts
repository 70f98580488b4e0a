import type { AdminContext } from './context.ts'
import { describeCharter, foldRules } from './describe.ts'
import { requireChain } from './mesh-home.ts'
import { notYetTold, warningsOf } from './warnings.ts'

/** `gumshoe mesh show` */
export const showMesh = async (context: AdminContext): Promise<void> => {
  const now = context.clock.now()
  const { charter, id } = (await requireChain(context.home, now)).current
  for (const line of foldRules(describeCharter(charter, id))) context.say(line)
  for (const line of notYetTold(context, await warningsOf(charter, now))) context.tell(line)
}
