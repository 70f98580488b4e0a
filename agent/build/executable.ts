import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import type { Plugin } from 'esbuild'
import type { Program } from '../../src/cli/home.ts'
import { SBOM_ASSET } from '../../src/cli/inside.ts'
import { VERSION } from '../../src/cli/program.ts'
import { GumshoeError } from '../../src/errors.ts'
import { WASM_ASSET, WASM_PATH } from '../../src/modules/lib/yara/yara-wasm.ts'
import { KOFFI_BYTES_ASSET } from '../../src/run/addon.ts'
import { BEGIN } from './begin.ts'
import { bundle, ENTRIES, ROLE } from './bundle.ts'
import { inject, SEA_NOTE } from './inject.ts'
import { type Architecture, packageAt, partsFor, readLock } from './parts.ts'
import { makeSbom } from './sbom.ts'

export const executableName = (program: Program, arch: Architecture): string => `${program}-linux-${arch}`

export interface Built {
  readonly executable: Uint8Array
  /** What it is made of, as CycloneDX JSON; it is inside too. */
  readonly sbom: string
}

/** Builds a program as a single executable. The same checkout gives the same bytes, wherever it lies and whenever it is built. */
export const buildExecutable = async (
  root: string,
  program: Program,
  arch: Architecture,
  plugins: readonly Plugin[] = []
): Promise<Built> => {
  const { code, inputs } = await bundle(root, ENTRIES[program], plugins)
  const parts: Record<string, Uint8Array> = { 'program.cjs': code }
  // What the role needs is in the program, too.
  if (inputs.includes('src/run/roles.ts')) parts['role.cjs'] = (await bundle(root, ROLE, plugins)).code
  const { node, addons, packages } = partsFor(root, arch)
  const name = executableName(program, arch)
  const sbom = makeSbom({ root, name, lock: readLock(root), inputs, packages })
  const packed = Object.fromEntries(Object.entries(addons).map(([addon, bytes]) => [addon, pack(bytes)]))
  const assets = {
    ...packed,
    [KOFFI_BYTES_ASSET]: Buffer.from(String(addons['koffi.node'].length)),
    ...wasmOf(root, inputs),
    [SBOM_ASSET]: pack(Buffer.from(sbom))
  }
  const blob = makeBlob(root, arch, { ...assets, ...parts }, Object.keys(parts))
  return {
    sbom,
    executable: inject(node, [
      { name: 'gumshoe', bytes: Buffer.from(`${name} ${VERSION}\0`) },
      { name: SEA_NOTE, bytes: blob }
    ])
  }
}

const YARA = '@virustotal/yara-x'

/** The engine of YARA, where the program has what calls it: compressed it is a quarter of its size, and seldom needed. */
const wasmOf = (root: string, inputs: readonly string[]): Record<string, Uint8Array> => {
  if (!inputs.some(input => input.includes(`node_modules/${YARA}/`))) return {}
  const wasm = readFileSync(join(packageAt(root, YARA), WASM_PATH))
  return { [WASM_ASSET]: pack(wasm) }
}

/** Beyond this level the largest takes six times as long for 50 kB. */
const pack = (bytes: Uint8Array): Uint8Array =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 17 } })

/** Has Node lay out the code and the assets, in a directory of its own and under names without a path: both go into the bytes. */
const makeBlob = (
  root: string,
  arch: Architecture,
  files: Readonly<Record<string, Uint8Array>>,
  parts: readonly string[]
): Uint8Array => {
  const cache = join(root, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const directory = mkdtempSync(join(cache, 'gumshoe-blob-'))
  try {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(directory, name), bytes)
    const node = join(packageAt(root, `node-linux-${process.arch}`), 'bin/node')
    const run: Run = (...argv) =>
      execFileSync(node, argv, { cwd: directory, env: {}, stdio: 'pipe', encoding: 'latin1' })
    // Compiled code is for the machine that it was compiled on.
    const compiled = arch === process.arch ? compile(directory, parts, run) : []
    writeFileSync(join(directory, 'begin.cjs'), BEGIN)
    const config = {
      main: 'begin.cjs',
      output: 'blob',
      disableExperimentalSEAWarning: true,
      // Neither the environment nor a word on the command line may give Node an option.
      execArgvExtension: 'none',
      // A signal would open a debugger on a port of loopback, to every user of the host.
      execArgv: ['--disable-sigusr1'],
      assets: Object.fromEntries([...Object.keys(files), ...compiled].sort().map(name => [name, name]))
    }
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config))
    run('--experimental-sea-config', 'config.json')
    return readFileSync(join(directory, 'blob'))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

type Run = (...argv: string[]) => string

/**
 * V8 hashes strings with a seed by chance and lays compiled code out by them, forgets what has not run for a while, and
 * notes what it has compiled better, which depends on the machine's haste.
 */
const SAME_BYTES = ['--hash-seed=1', '--no-flush-bytecode', '--no-sparkplug', '--no-maglev', '--no-opt']

/** Has V8 compile the parts, each in a process of its own since one is laid out by the one before it, and returns the names of what it compiled. */
const compile = (directory: string, parts: readonly string[], run: Run): string[] => {
  const names = parts.map(part => part.replace(/\.cjs$/, ''))
  const header = Buffer.from(run('-p', HEADER).trim(), 'hex')
  return names.map(name => {
    run(...SAME_BYTES, join(import.meta.dirname, 'compile.ts'), name)
    const path = join(directory, `${name}.cache`)
    const code = readFileSync(path)
    forgetFlags(code, header)
    writeFileSync(path, code)
    return `${name}.cache`
  })
}

/** What V8 puts before code that it compiled under no flags: magic number, version, source and flags, 4 bytes each. */
const HEADER = "new (require('node:vm').Script)('0').createCachedData().toString('hex', 0, 16)"

/** V8 takes compiled code only under the flags that it was compiled under; ours say nothing of the code. */
const forgetFlags = (code: Buffer, header: Buffer): void => {
  if (!code.subarray(0, 8).equals(header.subarray(0, 8)))
    throw new GumshoeError('internal', 'The compiled code does not begin as V8 was seen to begin it.')
  header.copy(code, 12, 12, 16)
}
