import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, unlinkSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getAsset, getRawAsset, isSea } from 'node:sea'
import { zstdDecompressSync } from 'node:zlib'
import { GumshoeError } from '../errors.ts'

/**
 * Native parts of the single executable (plain node loads them from their packages and needs nothing of this). The dynamic
 * loader takes files only, so each is written to a file that has no name any more when it is loaded, through a descriptor
 * of our own that can't write: nobody can put another in its place, in whatever directory it was, and nothing is left
 * behind. A file system that is mounted noexec refuses it; then the next place is tried.
 */
export type Addon = 'koffi.node' | 'classic-level.node'

interface Loaded {
  readonly exports: unknown
  readonly fd: number
}

const loaded = new Map<Addon, Loaded>()
let home: string | undefined

/** The program's own directory, where it has one, is tried first: whoever hardens a host leaves it one place to write to. */
export const keepAddonsIn = (directory: string): void => {
  home = directory
}

const places = (): string[] => [
  ...(home === undefined ? [] : [home]),
  '/dev/shm',
  '/var/tmp',
  tmpdir(),
  homedir(),
  dirname(process.execPath)
]

/** What a native part exports. Throws `permission` where no place lets it be loaded. */
export const loadAddon = (name: Addon): unknown => load(name).exports

/** The descriptor that children of the single executable take koffi from, since they may write nowhere; undefined in plain node, and where it can't be loaded. */
export const addonForChildren = (): number | undefined => {
  if (!isSea()) return undefined
  try {
    return load('koffi.node').fd
  } catch {
    return undefined
  }
}

/** The descriptor that a parent hands its children on. */
export const ADDON_FD = 3

/** Holds the size of koffi as it is when unpacked: what a child was handed is told by it. */
export const KOFFI_BYTES_ASSET = 'koffi.node.bytes'

/** True where our parent has handed koffi on, and so could load it. */
export const isHanded = (): boolean => {
  if (!isSea()) return false
  try {
    const status = fstatSync(ADDON_FD)
    return status.isFile() && status.size === Number(getAsset(KOFFI_BYTES_ASSET, 'utf8'))
  } catch {
    return false
  }
}

const load = (name: Addon): Loaded => {
  const before = loaded.get(name)
  if (before !== undefined) return before
  const now = name === 'koffi.node' && isHanded() ? open(ADDON_FD) : extract(name)
  loaded.set(name, now)
  return now
}

const extract = (name: Addon): Loaded => {
  const bytes = zstdDecompressSync(new Uint8Array(getRawAsset(name)))
  let cause: unknown
  for (const place of places()) {
    let fd: number | undefined
    try {
      fd = nameless(place, bytes)
      return open(fd)
    } catch (error) {
      cause = error
      if (fd !== undefined) closeSync(fd)
    }
  }
  throw new GumshoeError('permission', `No directory here lets ${name} be loaded.`, {
    cause,
    fix: 'Have --home where there is room, and where it is not mounted noexec.'
  })
}

/** A descriptor for reading of a file with these bytes and without a name. */
const nameless = (directory: string, bytes: Uint8Array): number => {
  const path = join(directory, `.gumshoe-${randomBytes(16).toString('hex')}`)
  const written = openSync(path, 'wx+', 0o600)
  try {
    unlinkSync(path)
    writeFileSync(written, bytes)
    return openSync(through(written), 'r')
  } finally {
    closeSync(written)
  }
}

const through = (fd: number): string => `/proc/self/fd/${fd}`

const open = (fd: number): Loaded => {
  const module: { exports: unknown } = { exports: {} }
  process.dlopen(module, through(fd))
  return { exports: module.exports, fd }
}
