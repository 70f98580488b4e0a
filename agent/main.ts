import { isRole } from '../src/run/role.ts'

/**
 * gumshoe-agent: answers for its own host; checks every signature itself, runs modules fenced, seals what leaves. A child
 * loads nothing of what it does not need: every question starts one, twice over (fence, then child).
 */
export const main = async (argv: readonly string[]): Promise<number> =>
  isRole(argv[0])
    ? (await import('../src/run/roles.ts')).playRole(argv[0], argv[1])
    : (await import('./program.ts')).program(argv)
