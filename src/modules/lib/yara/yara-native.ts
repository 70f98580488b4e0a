import { createRequire } from 'node:module'
import { LIMITS } from '../../../limits.ts'
import type { Compiled, RuleHit } from './yara-rules.ts'

/** YARA-X as a native part, where npm has installed it: Linux on x64 with the C library of GNU. A single executable has none. */

/** As much of what it exports as is used (@litko/yara-x, index.d.ts, whose choice by platform and environment is left out). */
interface Litko {
  compile(source: string, options: typeof OPTIONS): Rules
}
interface Rules {
  getWarnings(): readonly { readonly message: string }[]
  setMaxMatchesPerPattern(most: number): void
  scan(
    bytes: Buffer
  ): readonly { readonly ruleIdentifier: string; readonly matches: readonly { readonly offset: number }[] }[]
}

/** Included files would be read from this machine, by whoever wrote the rules. */
const OPTIONS = { enableIncludes: false }

let loaded: Litko | false | undefined

const load = (): Litko | undefined => {
  try {
    loaded ??= createRequire(import.meta.url)('@litko/yara-x-linux-x64-gnu') as Litko
  } catch {
    loaded = false
  }
  return loaded || undefined
}

/** Undefined where there is no such part. Throws an Error that says what is wrong with the rules. */
export const compileNative = (source: string): Compiled | undefined => {
  const litko = load()
  if (litko === undefined) return undefined
  const rules = litko.compile(source, OPTIONS)
  rules.setMaxMatchesPerPattern(LIMITS.yaraMatches)
  return {
    warnings: rules.getWarnings().map(({ message }) => message),
    rules: {
      scan: bytes =>
        rules.scan(bytes).map(({ ruleIdentifier, matches }): RuleHit => {
          const first = matches.reduce(
            (least, { offset }) => Math.min(least, offset),
            Number.MAX_SAFE_INTEGER
          )
          return {
            rule: ruleIdentifier,
            matches: matches.length,
            ...(matches.length > 0 && { offset: first })
          }
        })
    }
  }
}
