/** Options by which an agent is reached; a service listens where one that is tried out does not, so each has its own default. */
export const LISTEN = {
  string: true,
  array: true,
  describe: 'Where other agents and consoles may reach it; a leaf never listens'
} as const

export const ANNOUNCE = {
  string: true,
  array: true,
  default: [] as string[],
  describe: 'How others reach it, where that differs'
} as const
