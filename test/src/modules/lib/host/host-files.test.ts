import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { HostFiles } from '../../../../../src/modules/lib/host/host-files.ts'
import { joined, resolveIn } from '../../../../../src/modules/lib/host/root.ts'
import type { Host } from '../../../../../src/modules/spec.ts'
import { fileCalls } from '../../../../../src/run/file-calls.ts'

/** Those of a child, and Node's own. */
const CALLS = [await fileCalls(), undefined]

const hostFiles = (root: string, calls: Host['files']): HostFiles =>
  new HostFiles({ root, files: calls, limits: { readBytes: 1 << 20, entries: 1_000 } } as unknown as Host)

const rootOf = (t: TestContext): string => {
  const root = mkdtempSync(join(tmpdir(), 'gumshoe-host-files-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  return root
}

const NAMES = ['a', 'b', 'c']
const name = fc.constantFrom(...NAMES)
const path = fc
  .array(fc.constantFrom(...NAMES, '.', '..', ''), { minLength: 1, maxLength: 5 })
  .map(parts => `/${parts.join('/')}`)
const place = fc.tuple(
  fc.array(name, { maxLength: 2 }),
  name,
  fc.option(
    fc.oneof(
      path,
      path.map(to => to.slice(1))
    )
  )
)

test('a path leads where each link on its way leads inside the root, whatever was asked before', async t => {
  for (const calls of CALLS)
    await fc.assert(
      fc.asyncProperty(
        fc.array(place, { maxLength: 8 }),
        fc.array(path, { maxLength: 12 }),
        async (places, paths) => {
          const root = rootOf(t)
          for (const [above, last, link] of places)
            try {
              mkdirSync(join(root, ...above), { recursive: true })
              if (link === null) writeFileSync(join(root, ...above, last), above.join())
              else symlinkSync(link || '.', join(root, ...above, last))
            } catch {
              // Something else is there.
            }
          const files = hostFiles(root, calls)
          for (const one of paths) assert.deepEqual(files.resolve(one)?.toString(), expected(root, one), one)
          await turn()
          rmSync(root, { recursive: true, force: true })
        }
      ),
      { numRuns: 60 }
    )
})

const expected = (root: string, path: string): string | undefined => {
  try {
    return joined(resolveIn(root, Buffer.from(path))).toString()
  } catch {
    return undefined
  }
}

test('a directory is listed anew each time, and none stays open when the event loop has turned', async t => {
  const root = rootOf(t)
  for (let i = 0; i < 40; i++) {
    mkdirSync(join(root, `d${i}`))
    writeFileSync(join(root, `d${i}/file`), `text ${i}`)
  }
  for (const calls of CALLS) {
    const files = hostFiles(root, calls)
    const before = readdirSync('/proc/self/fd').length
    for (const time of [1, 2])
      for (let i = 0; i < 40; i++) {
        assert.deepEqual(files.list(`/d${i}`).map(String), ['file'], `${time}`)
        assert.equal(files.glance(`/d${i}/file`, String), `text ${i}`)
        assert.equal(files.examine(`/d${i}/file`, 4)?.text, 'text')
      }
    await turn()
    assert.equal(readdirSync('/proc/self/fd').length, before)
  }
})
