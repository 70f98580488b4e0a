/**
 * Globs on names and paths: `*` any run (slashes too), `?` one character, everything else itself. Linear in text × pattern
 * by going back to the last star only, never a backtracking expression (threats.md, T7).
 */
export const matchGlob = (glob: string, latin1: string): boolean => {
  const pattern = Buffer.from(glob).toString('latin1')
  let at = 0
  let text = 0
  let star = -1
  let mark = 0
  while (text < latin1.length) {
    if (at < pattern.length && pattern[at] === '*') {
      star = at++
      mark = text
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === latin1[text])) {
      at++
      text++
    } else if (star >= 0) {
      at = star + 1
      text = ++mark
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
