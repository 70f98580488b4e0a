import { compilePattern } from './regex.ts'

/** Expressions on a name of the host, of which all must hold; a leading `!` inverts one. Throws `bad-params` that names the flag. */
export const nameFilter = (
  sources: readonly string[] | undefined,
  flag: string
): ((bytes: Uint8Array) => boolean) | undefined => {
  if (sources === undefined) return undefined
  const tests = sources.map(source => {
    const not = source.startsWith('!')
    return { not, pattern: compilePattern(not ? source.slice(1) : source, flag) }
  })
  return bytes => tests.every(({ not, pattern }) => pattern.test(bytes) !== not)
}

/** Whether a number lies in one of the ranges. */
export const inRanges = (
  ranges: readonly { readonly from?: number | undefined; readonly to?: number | undefined }[],
  value: number
): boolean =>
  ranges.some(({ from, to }) => (from === undefined || value >= from) && (to === undefined || value <= to))
