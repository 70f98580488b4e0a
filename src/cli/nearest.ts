/** The name that was probably meant: the nearest by edit distance, where it is near at all. */
export const nearest = (typed: string, names: readonly string[]): string | undefined => {
  const most = Math.max(1, Math.floor(typed.length / 3))
  const near = names
    .map(name => ({
      name,
      distance: name.startsWith(typed) && typed.length > 1 ? 0.5 : distance(typed, name)
    }))
    .filter(entry => entry.distance <= most)
    .sort((a, b) => a.distance - b.distance)
  return near[0]?.name
}

/** Levenshtein's distance, with two neighbours swapped counting as one (optimal string alignment). */
const distance = (a: string, b: string): number => {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, before[j - 2]! + 1)
    }
    before = last
    last = row
  }
  return last[b.length]!
}
