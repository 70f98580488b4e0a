import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT } from '../source-tree.ts'

/**
 * T20. A dependency is taken over, or another one slips in with an update: it would run a script where somebody installs,
 * come from elsewhere, or with other bytes. Expected: what may run a script is named here, and everything else is held by the
 * lock: a registry's tarball with its SHA-512.
 */

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
  readonly link?: boolean
  readonly inBundle?: boolean
}

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>
}
const dependencies = Object.entries(packages).filter(([path]) => path !== '')

test('only these may run a script where they are installed', () => {
  const scripted = dependencies.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)
  assert.deepEqual(scripted.sort(), [
    // Takes the prebuilt part of its own package that fits, or compiles one.
    'node_modules/classic-level',
    // Checks the binary that was installed beside it; for development only.
    'node_modules/esbuild',
    // The same as the first.
    'node_modules/koffi'
  ])
})

test('each comes from the registry as the bytes that the lock names', () => {
  assert.ok(dependencies.length > 100)
  for (const [path, { version, resolved, integrity, link }] of dependencies) {
    assert.ok(!link && version !== undefined, path)
    // Named only where it is not the registry that npm is set to.
    if (resolved !== undefined) assert.match(resolved, /^https:\/\/registry\.npmjs\.org\/[^?#]+\.tgz$/, path)
    assert.match(integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/, path)
  }
})

test('what is installed is what the lock names', () => {
  for (const [path, { version }] of dependencies) {
    const own = join(ROOT, path, 'package.json')
    // What is for another system is not installed.
    if (existsSync(own)) assert.equal(JSON.parse(readFileSync(own, 'utf8')).version, version, path)
  }
})
