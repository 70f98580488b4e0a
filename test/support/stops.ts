import assert from 'node:assert/strict'
import { Stop } from '../../src/trust/gate-context.ts'

/** What a check says: `passes`, or kind and code of its stop. Fails for anything else that it throws. */
export const stops = async (check: () => unknown): Promise<string> => {
  try {
    await check()
    return 'passes'
  } catch (error) {
    assert.ok(error instanceof Stop, (error as Error).stack)
    return `${error.kind} ${error.code}`
  }
}
