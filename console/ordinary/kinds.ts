/** What ships as ordinary names, by what they are names of. */
export const KINDS = [
  'accounts',
  'commands',
  'interfaces',
  'packages',
  'paths',
  'processes',
  'programs',
  'units'
] as const
export type Kind = (typeof KINDS)[number]
