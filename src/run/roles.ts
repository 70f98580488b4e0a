import { type ProcessRole, readLooks } from './role.ts'

/** Plays a part of the program in a process of its own; resolves to its exit status. */
export const playRole = async (role: ProcessRole, word: string | undefined): Promise<number> => {
  if (role === 'check') return (await import('./check.ts')).runCheck()
  const looks = readLooks(word)
  if (role === 'fence') return (await import('./fence.ts')).runFence(looks)
  const [{ runChild }, { forbidExecution }] = [await import('./child.ts'), await import('./fence.ts')]
  return runChild(() => forbidExecution(looks))
}

/** The roles as a program of their own: in an executable they are apart from the one that starts them. */
export const main = ([role, word]: readonly string[]): Promise<number> => playRole(role as ProcessRole, word)
