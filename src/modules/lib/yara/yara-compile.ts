import { compileNative } from './yara-native.ts'
import { type Compiled, complaintOf, refusal, refuseSlow } from './yara-rules.ts'
import { tooDeep } from './yara-shape.ts'
import { sieved } from './yara-sieve.ts'
import { compileWasm } from './yara-wasm.ts'

export const ENGINES = ['native', 'wasm'] as const
export type Engine = (typeof ENGINES)[number]

/**
 * Rules of one or more files, compiled as one text, by the faster engine that is here and takes them; includes are refused.
 * Throws `bad-params` that names line and rule.
 */
export const compileRules = (sources: readonly string[], engine?: Engine, isSieved = true): Compiled => {
  const source = sources.join('\n')
  const deep = tooDeep(source)
  if (deep !== undefined) throw refusal(sources, deep)
  // The native one may be older, and lack a module.
  const compile = (text: string) =>
    (engine === 'wasm' ? undefined : tried(() => compileNative(text), engine === 'native')) ??
    compileWasm(text)
  try {
    const { rules, warnings } = compile(source)
    return { rules: isSieved ? sieved(rules, source, text => compile(text).rules) : rules, warnings }
  } catch (error) {
    throw refusal(sources, complaintOf(error instanceof Error ? error.message : String(error)))
  }
}

const tried = <T>(compile: () => T, must: boolean): T | undefined => {
  try {
    return compile()
  } catch (error) {
    if (must) throw error
    return undefined
  }
}

/** The same for who asks: rules that may take a host's whole time are refused here, before any host gets them. */
export const checkRules = (sources: readonly string[], slow: boolean): void => {
  const { warnings } = compileRules(sources)
  if (!slow) refuseSlow(sources, warnings)
}
