/** Three letters of a mode, with `s` or `t` in the last place where the special bit is set. */
const triple = (bits: number, special: string): string =>
  `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${
    special ? (bits & 1 ? special : special.toUpperCase()) : bits & 1 ? 'x' : '-'
  }`

/** The mode of a regular file as `ls -l` shows it: `-rwsr-xr-x`. */
export const modeText = (mode: number): string =>
  `-${triple(mode >> 6, mode & 0o4000 ? 's' : '')}${triple(mode >> 3, mode & 0o2000 ? 's' : '')}${triple(mode, mode & 0o1000 ? 't' : '')}`

/** The same as Go writes it, which MIG's expressions were made for: `urwxr-xr-x`, with u, g and t in front (mig.md 1.1). */
export const goModeText = (mode: number): string => {
  const special = `${mode & 0o4000 ? 'u' : ''}${mode & 0o2000 ? 'g' : ''}${mode & 0o1000 ? 't' : ''}`
  return `${special || '-'}${triple(mode >> 6, '')}${triple(mode >> 3, '')}${triple(mode, '')}`
}
