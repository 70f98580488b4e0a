import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { WrittenOperation } from '../../../console/ask/composition.ts'
import { importMigAction } from '../../../console/mig/import-action.ts'
import { systemClock } from '../../../src/clock.ts'
import { compileNetstat } from '../../../src/modules/lib/network/netstat-checks.ts'
import { netstatFromFlags } from '../../../src/modules/lib/network/netstat-flags.ts'
import { plant } from '../../support/ask-file.ts'
import { MIG_CASES, migAction } from '../../support/mig-cases.ts'

/** The actions that MIG was published with, asked of planted hosts: what they find is what MIG's own semantics say. */

const run = promisify(execFile)
const PROGRAM = new URL('../../../console/gumshoe.cjs', import.meta.url).pathname

/** What `gumshoe local file` says to a composed operation, through the fence and all. */
const hitsOf = async (root: string, { flags }: WrittenOperation): Promise<string[]> => {
  const words = Object.entries(flags!).map(([name, value]) =>
    value === true ? `--${name}` : `--${name}=${value}`
  )
  const { stdout } = await run(process.execPath, [
    PROGRAM,
    'local',
    'file',
    ...words,
    '--root',
    root,
    '--json'
  ])
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, { t: string } | undefined>)
    .filter(({ type }) => (type as unknown) === 'row')
    .map(({ search, path, check }) => [search!.t, path!.t, check?.t].filter(Boolean).join(' '))
}

for (const { name, swap, files, plant: more, hits, warnings } of MIG_CASES)
  test(`${name} finds on a planted host what MIG means, and nothing else (${hits.length} hits)`, async t => {
    const root = plant(t, files)
    more?.(root)
    const imported = importMigAction(migAction(name, swap), systemClock.now())
    assert.equal(imported.warnings.length, warnings, imported.warnings.join('\n'))
    const searches = imported.composition.operations.filter(({ module }) => module === 'file')
    const found = (await Promise.all(searches.map(operation => hitsOf(root, operation)))).flat()
    assert.deepEqual(found.sort(), [...hits].sort())
  })

const socket = (state: string, localPort: number, remote: string, remotePort: number) =>
  ({ protocol: 'tcp', state, local: '10.0.0.1', localPort, remote, remotePort, uid: 0, inode: 1 }) as const
const NOBODY = { all: undefined, partly: false }

test('their questions about the network hold of what MIG means, and of nothing else', () => {
  const asked = (name: string) => {
    const { operations } = importMigAction(migAction(name), 0).composition
    const { flags } = operations.find(({ module }) => module === 'netstat')!
    return compileNetstat(netstatFromFlags(flags!), { user: String, group: String })
  }
  const holds = (verdict: unknown) => verdict !== undefined && verdict !== 'unseen'
  const iocs = asked('shellshock_iocs')
  assert.ok(holds(iocs.connected(socket('established', 40_000, '54.228.25.245', 80), NOBODY)))
  assert.ok(!holds(iocs.connected(socket('established', 40_000, '54.228.25.246', 80), NOBODY)))
  const example = asked('example_v2')
  assert.ok(holds(example.connected(socket('established', 40_000, '173.194.7.7', 443), NOBODY)))
  assert.ok(!holds(example.connected(socket('established', 40_000, '173.195.7.7', 443), NOBODY)))
  assert.ok(holds(example.listening(socket('listen', 631, '0.0.0.0', 0), NOBODY)))
  assert.ok(!holds(example.listening(socket('listen', 6_310, '0.0.0.0', 0), NOBODY)))
  assert.ok(holds(example.address('172.21.0.200', 'eth0')))
  assert.ok(!holds(example.address('172.21.1.200', 'eth0')))
  assert.ok(holds(example.interface({ name: 'eth0', mac: '8C:70:5a:c8:be:50' })))
  assert.ok(!holds(example.interface({ name: 'eth0', mac: '00:8c:70:5a:c8:be' })))
})
