import { setFlagsFromString } from 'node:v8'

/**
 * A question that is over within a tenth of a second ends before the code pays for itself that V8 compiles on other
 * threads meanwhile: of a run over some hundred small files that was a sixth of the CPU, and 10 MB. What runs two thousand
 * times is compiled all the same, but never by the dearest compiler (docs/performance.md, modules).
 */
export const compileLate = (): void => {
  for (const flag of ['--no-opt', '--invocation-count-for-maglev=2000']) setFlagsFromString(flag)
}
