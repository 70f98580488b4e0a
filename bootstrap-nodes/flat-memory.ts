import { setFlagsFromString } from 'node:v8'
import type { Clock } from '../src/clock.ts'
import { LIMITS } from '../src/limits.ts'
import { loadNative } from '../src/run/native.ts'

/**
 * Keeps the memory of a process that runs for months as small as it was at its start. V8 doubles the room for what is
 * young again and again, by up to 50 MB, and a node's documents die as soon as they are written; the C library keeps what
 * each thread once needed, for each of them, and a node has a dozen. It costs no CPU that could be measured
 * (docs/reliability.md). Call it before the store and the mesh are opened.
 */
export const keepMemoryFlat = async (clock: Clock): Promise<void> => {
  setFlagsFromString('--semi-space-growth-factor=1')
  const native = await loadNative()
  native?.shareMemory()
  void (async () => {
    for (;;) {
      await clock.sleep(LIMITS.giveBackMs, undefined, true)
      native?.giveBack()
    }
  })()
}
