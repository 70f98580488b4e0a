import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestFleet } from './fleet.ts'
import { MIG_CASES, migAction } from './mig-cases.ts'

/** What MIG's file module is asked beside what is planted here: an operation that needs the live kernel. */
const LIVE = ['example_v2', 'integration_tests', 'shellshock_iocs']
/** Their targets name no host of the mesh. */
const ELSEWHERE = ['glibc_ubuntu_cve-2015-0235', 'tests_windows']

/** The cases that plant something to find: one an action. */
const FOUND = MIG_CASES.filter(({ hits }) => hits.length > 0)

/** Each action that MIG was published with, asked as it is of one planted host: preview, result, verdicts, exit status. */
export const askMigActions = async (fleet: TestFleet): Promise<void> => {
  const { name: host, root } = fleet.hosts[1]!
  const at = (name: string): string => join(fleet.fleet.directory, `${name}.json`)
  for (const { name, swap, files, plant } of FOUND) {
    writeFileSync(at(name), migAction(name, swap))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    plant?.(root)
  }
  const ask = (names: readonly string[], ...more: string[]) =>
    fleet.fleet.run(
      'gumshoe',
      ['import', 'mig', ...names.map(at), '--yes', '--wait', '10m', ...more, '--home', fleet.anna],
      { timeoutMs: 660_000 }
    )
  const done = await ask(
    FOUND.map(({ name }) => name),
    ...['-t', `hostname=${host}`]
  )
  // Some ask for more than this host has: an operation in error is an incomplete answer.
  assert.equal(done.status, 3, done.screen)
  const previews = done.stderr.split(' UNSIGNED ').slice(1)
  const results = done.stdout.split(/^(?=a\d+ )/m)
  assert.deepEqual([previews.length, results.length], [FOUND.length, FOUND.length], done.screen)
  for (const [i, { name, hits }] of FOUND.entries()) {
    const [preview, result] = [previews[i]!, results[i]!]
    const { name: title } = JSON.parse(migAction(name)) as { name: string }
    assert.ok(preview.includes(`"${title}"`), preview)
    assert.match(preview, /^says .* under .*Changes nothing/m)
    assert.match(preview, /^hosts +1 known = 1 connected/m)
    assert.match(result, /FOUND ON 1 HOST/, name)
    assert.match(
      result,
      LIVE.includes(name) ? /^ {2}o1 file +yes 1 \| no 0 [\s\S]*error 1/m : /^done 1 +yes 1/m,
      name
    )
    assert.ok((result.match(/^v\d+\t/gm) ?? []).length >= hits.length, result)
  }
  const nobody = await ask(ELSEWHERE)
  assert.equal(nobody.status, 7, nobody.screen)
  assert.equal(nobody.stderr.match(/^error\[nobody\]/gm)?.length, ELSEWHERE.length, 'one after the other')
}
