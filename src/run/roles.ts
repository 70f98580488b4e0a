import type { ProcessRole } from './role.ts'

/** Plays a part of the program in a process of its own; resolves to its exit status. */
export const playRole = async (role: ProcessRole): Promise<number> => {
  if (role === 'fence') return (await import('./fence.ts')).runFence()
  await (await import('./fence.ts')).forbidExecution()
  return (await import('./child.ts')).runChild()
}
