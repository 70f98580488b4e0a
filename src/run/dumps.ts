import { loadNative } from './native.ts'

/**
 * From now on this process leaves no core behind when it crashes, and no other process of the same user looks into it: called before a
 * passphrase is typed or a secret key is read. Without a native part for this machine it stays as the system has it.
 */
export const forbidDumps = async (): Promise<void> => {
  const native = await loadNative().catch(() => undefined)
  native?.forbidDumps()
}
