import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { GumshoeError } from '../../src/errors.ts'
import type { Addon } from '../../src/run/addon.ts'

/** Machines that executables are built for; built on any Linux, run on its own. */
export const ARCHITECTURES = ['x64', 'arm64'] as const
export type Architecture = (typeof ARCHITECTURES)[number]

export interface Lock {
  readonly packages: Readonly<
    Record<string, { name?: string; version?: string; integrity?: string; license?: string }>
  >
}

export const readLock = (root: string): Lock =>
  JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))

export interface Parts {
  readonly node: Uint8Array
  readonly addons: Readonly<Record<Addon, Uint8Array>>
  /** Where they come from, as package-lock.json names it. */
  readonly packages: readonly string[]
}

/** Node and the native parts for a machine, as package-lock.json pins them. */
export const partsFor = (root: string, arch: Architecture): Parts => {
  const [node, koffi] = [`node-linux-${arch}`, `@koromix/koffi-linux-${arch}`]
  const level = arch === 'arm64' ? 'linux-arm64/classic-level.armv8.node' : 'linux-x64/classic-level.node'
  const read = (name: string, path: string) => new Uint8Array(readFileSync(join(packageAt(root, name), path)))
  return {
    node: read(node, 'bin/node'),
    addons: {
      'koffi.node': read(koffi, `linux_${arch}/koffi.node`),
      'classic-level.node': read('classic-level', `prebuilds/${level}`)
    },
    packages: [node, koffi, 'koffi', 'classic-level'].map(name => `node_modules/${name}`)
  }
}

/** npm installs what fits this machine only; what is for another is fetched as npm would, and held against the lock. */
export const packageAt = (root: string, name: string): string => {
  const installed = join(root, 'node_modules', name)
  if (existsSync(installed)) return installed
  const { version, integrity } = readLock(root).packages[`node_modules/${name}`] ?? {}
  if (version === undefined || integrity === undefined)
    throw new GumshoeError('internal', `package-lock.json does not pin ${name}.`)
  const kept = join(root, 'node_modules/.cache/gumshoe-build', `${name.replaceAll('/', '-')}-${version}`)
  if (existsSync(kept)) return join(kept, 'package')
  const made = `${kept}.${process.pid}`
  mkdirSync(made, { recursive: true })
  try {
    const packed = execFileSync(
      'npm',
      ['pack', `${name}@${version}`, '--silent', '--pack-destination', made],
      {
        encoding: 'utf8',
        cwd: root
      }
    ).trim()
    const file = join(made, packed.split('\n').at(-1)!)
    const digest = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`
    if (digest !== integrity)
      throw new GumshoeError('internal', `${name} is not what package-lock.json pins: ${digest}.`)
    execFileSync('tar', ['-xzf', file, '-C', made])
    rmSync(file)
    renameSync(made, kept)
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
  return join(kept, 'package')
}
