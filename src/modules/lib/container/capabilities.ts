/** capabilities(7), without CAP_. */
const DEFAULTS = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT'
] as const

/** Docker's own set, which is what a container has where nothing else is said. */
export const DEFAULT_CAPABILITIES: readonly string[] = DEFAULTS

/** From here on a set is every capability there is: no runtime gives so many otherwise. */
const ALL = 36

export const capabilityName = (name: string): string => name.toUpperCase().replace(/^CAP_/, '')

/** A set in short: sorted, each once, ALL where it is everything. */
export const capabilitySet = (names: readonly string[]): string[] => {
  const set = new Set(names.map(capabilityName))
  return set.has('ALL') || set.size >= ALL ? ['ALL'] : [...set].sort()
}

/** What goes beyond Docker's own set. */
export const beyondDefault = (names: readonly string[]): string[] =>
  names.filter(name => !DEFAULT_CAPABILITIES.includes(name))
