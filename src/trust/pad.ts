import { LIMITS } from '../limits.ts'

/**
 * The length to which `length` bytes are padded before sealing: Padmé (Nikitin et al., PURBs, 2019, algorithm 1), which
 * leaks at most O(log log) bits of the size for at most 12 % more, and never below 1 KiB, so that a plain `no` looks
 * like a short `yes`.
 */
export const paddedLength = (length: number): number => {
  if (length <= LIMITS.paddedBytes) return LIMITS.paddedBytes
  const exponent = Math.floor(Math.log2(length))
  const significant = Math.floor(Math.log2(exponent)) + 1
  const step = 2 ** (exponent - significant)
  return Math.ceil(length / step) * step
}
