import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { plant } from '../../../../support/ask-file.ts'

/**
 * Mounts below a root, made in a mount namespace of their own: a storage (tmpfs), the root within itself, /proc, one file
 * of /proc over a plain one, and one directory in two places. Where the machine gives nobody such a namespace, the tests
 * of the mount table and of T9 stand alone.
 */
const NOT_HERE = 77
const PROGRAM = `
  const { file } = await import(process.argv[1])
  const questions = JSON.parse(process.argv[3])
  const answers = []
  for (const flags of questions) {
    const running = file.run(file.fromFlags(flags, 0), {
      root: process.argv[2], signal: new AbortController().signal, asOf: 0, limits: file.limits.defaults
    })
    const rows = []
    for (;;) {
      const next = await running.next()
      if (next.done) {
        answers.push({ rows: rows.sort(), outcome: next.value })
        break
      }
      const { search, path, mtime } = next.value
      rows.push(search + ' ' + Buffer.from(path).toString() + (Number.isSafeInteger(mtime) ? '' : ' at ' + mtime))
    }
  }
  console.log(JSON.stringify(answers))`

const MOUNTS = `
  mount -t tmpfs none "$1/tmp" && mkdir "$1/tmp/sub" && echo y > "$1/tmp/t" && touch -d @9007199254740993 "$1/tmp/t" && echo z > "$1/tmp/sub/u" &&
  mount --bind "$1" "$1/self" && mount --bind "$1/tmp/sub" "$1/far" &&
  mount -t proc none "$1/proc" && mount --bind /proc/version "$1/version" || exit ${NOT_HERE}
  exec "$2" --input-type=module -e "$3" "$4" "$1" "$5"`

interface Answer {
  readonly rows: readonly string[]
  readonly outcome: {
    readonly coverage: { readonly skipped: number }
    readonly errors: Record<string, number>
  }
}

const ask = (
  t: TestContext,
  questions: readonly Record<string, unknown>[]
): readonly Answer[] | undefined => {
  const root = plant(t, { 'a/one': 'x', version: '' })
  for (const name of ['tmp', 'self', 'far', 'proc']) mkdirSync(join(root, name))
  const module = new URL('../../../../../src/modules/file.ts', import.meta.url).href
  const { status, stdout, stderr, error } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', MOUNTS, 'sh', root, process.execPath, PROGRAM, module, JSON.stringify(questions)],
    { encoding: 'utf8' }
  )
  if (error !== undefined || status === NOT_HERE || /unshare/.test(stderr)) {
    t.diagnostic('Nobody may mount here.')
    return undefined
  }
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout) as Answer[]
}

/** /tmp/t bears a time that only some file systems can write, and no number of JSON can: it must not spoil an answer. */
test('a walk stays on its file system, goes round in no circle, and never enters what is the kernel’s', t => {
  const [plain, wide, named, two, kernel] =
    ask(t, [
      { path: ['/'] },
      { path: ['/'], 'cross-devices': true },
      { path: ['/', '/tmp'] },
      {
        searches: JSON.stringify([
          { label: 'a', paths: ['/'] },
          { label: 'b', paths: ['/tmp/sub', '/self', '/far'] }
        ])
      },
      { path: ['/proc', '/version'], content: ['.'] }
    ]) ?? []
  if (plain === undefined) return
  assert.deepEqual(plain.rows, ['s1 /a/one'])
  assert.equal(plain.outcome.errors['other-device'], 2, 'what else is mounted there is told')
  assert.deepEqual(wide!.rows, ['s1 /a/one', 's1 /far/u', 's1 /tmp/sub/u', 's1 /tmp/t'])
  assert.deepEqual(
    named!.rows,
    ['s1 /a/one', 's1 /tmp/sub/u', 's1 /tmp/t'],
    'a path that was named is walked'
  )
  assert.deepEqual(
    two!.rows,
    ['a /a/one', 'b /far/u', 'b /self/a/one', 'b /self/version', 'b /tmp/sub/u'],
    'what is mounted twice is in both places, for who asked for both'
  )
  assert.deepEqual(kernel!.rows, [])
  assert.equal(kernel!.outcome.coverage.skipped, 2, 'it was named, so a no would be a lie')
})
