import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { constants, zstdCompressSync } from 'node:zlib'
import type { Program } from '../../src/cli/home.ts'
import { ENTRIES } from './bundle.ts'
import { buildExecutable, executableName } from './executable.ts'
import { ARCHITECTURES, type Architecture } from './parts.ts'

/**
 * node agent/build/build.ts [PROGRAM…] [--arch x64] [--arch arm64] [--download]: writes single executables into dist, each
 * with what it is made of beside it; `--download` adds the compressed form.
 */
const main = async (argv: readonly string[]): Promise<void> => {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { arch: { type: 'string', multiple: true }, download: { type: 'boolean' } }
  })
  const root = process.cwd()
  const programs = positionals.length > 0 ? positionals : Object.keys(ENTRIES)
  for (const program of programs)
    for (const arch of values.arch ?? [process.arch]) {
      if (!Object.hasOwn(ENTRIES, program) || !ARCHITECTURES.some(known => known === arch))
        throw new Error(`There is no ${program} for ${arch}.`)
      await write(root, program as Program, arch as Architecture, values.download === true)
    }
}

const write = async (
  root: string,
  program: Program,
  arch: Architecture,
  download: boolean
): Promise<void> => {
  const { executable, sbom } = await buildExecutable(root, program, arch)
  const path = join(root, 'dist', executableName(program, arch))
  save(path, executable, 0o755)
  save(`${path}.cdx.json`, Buffer.from(sbom), 0o644)
  if (!download) return
  const compressed = compress(executable)
  if (compressed.length > DOWNLOAD) throw new Error(`${path}.zst would have ${compressed.length} bytes.`)
  save(`${path}.zst`, compressed, 0o644)
}

/** Under a new name first: a program that runs from the old file is not disturbed. */
const save = (path: string, bytes: Uint8Array, mode: number): void => {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(`${path}.new`, bytes)
  chmodSync(`${path}.new`, mode)
  renameSync(`${path}.new`, path)
  console.log(`${createHash('sha256').update(bytes).digest('hex')}  ${bytes.length}  ${path}`)
}

/** More is too long a way to a host behind a slow line. */
const DOWNLOAD = 31e6

/** The largest window that any zstd unpacks without being asked to: a smaller one packs less. */
const compress = (bytes: Uint8Array): Uint8Array =>
  zstdCompressSync(bytes, {
    params: {
      [constants.ZSTD_c_compressionLevel]: 22,
      [constants.ZSTD_c_windowLog]: 27,
      [constants.ZSTD_c_checksumFlag]: 1
    }
  })

main(process.argv.slice(2)).catch(error => {
  console.error(error)
  process.exit(1)
})
