import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { getRawAsset, isSea } from 'node:sea'
import { zstdDecompressSync } from 'node:zlib'
import { Compiler, initSync } from '@virustotal/yara-x'
import { LIMITS } from '../../../limits.ts'
import type { Compiled, RuleHit } from './yara-rules.ts'

/** YARA-X in WebAssembly, as its makers publish it: on every machine, at some milliseconds a file. */

/** Its name inside a single executable, compressed. */
export const WASM_ASSET = 'yara-x.wasm.zst'
export const WASM_PATH = 'pkg/yara_x_js_bg.wasm'

interface Match {
  readonly offset: number
}
interface Scanned {
  readonly matches: readonly {
    readonly identifier: string
    readonly isPrivate: boolean
    readonly patterns: readonly { readonly isPrivate: boolean; readonly matches: readonly Match[] }[]
  }[]
}

let begun = false

const begin = (): void => {
  if (begun) return
  const module = isSea()
    ? zstdDecompressSync(new Uint8Array(getRawAsset(WASM_ASSET)))
    : readFileSync(
        join(dirname(createRequire(import.meta.url).resolve('@virustotal/yara-x/package.json')), WASM_PATH)
      )
  initSync({ module: new Uint8Array(module) })
  begun = true
}

/** Throws an Error that says what is wrong with the rules. */
export const compileWasm = (source: string): Compiled => {
  begin()
  const compiler = new Compiler()
  compiler.addSource(source)
  const rules = compiler.build()
  const scanner = rules.scanner()
  scanner.setMaxMatchesPerPattern(LIMITS.yaraMatches)
  return {
    warnings: rules.warnings,
    rules: {
      scan: bytes =>
        (scanner.scan(bytes) as Scanned).matches
          .filter(({ isPrivate }) => !isPrivate)
          .map(({ identifier, patterns }): RuleHit => {
            const offsets = patterns
              .filter(pattern => !pattern.isPrivate)
              .flatMap(({ matches }) => matches.map(({ offset }) => offset))
            const first = offsets.reduce((least, offset) => Math.min(least, offset), Number.MAX_SAFE_INTEGER)
            return { rule: identifier, matches: offsets.length, ...(offsets.length > 0 && { offset: first }) }
          })
    }
  }
}
