import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Reply } from '../../agent/reply.ts'
import { Runner, type RunnerComponents } from '../../agent/runner.ts'
import type { Action, Operation } from '../../src/documents/action.ts'
import { file } from '../../src/modules/file.ts'
import { moduleId } from '../../src/modules/spec.ts'
import { gate } from '../../src/trust/gate.ts'
import type { Accepted } from '../../src/trust/permit.ts'
import { gateModule } from '../../src/trust/policy.ts'
import { TestMemory, temporary } from './agent-parts.ts'
import { TestHost } from './host.ts'
import { AGENT_LAUNCHER } from './launchers.ts'
import { NOW, type TestMesh, testClock } from './mesh.ts'

const MODULES = new Map([[moduleId(file), gateModule(file)]])

/** What a host accepts: through the gate, since nothing else makes it. */
export const acceptedBy = async (
  mesh: TestMesh,
  host: TestMemory,
  change: Partial<Action>,
  ...names: string[]
): Promise<Accepted> => {
  const { raw } = await mesh.signAction(change, ...(names.length > 0 ? names : ['julien']))
  const verdict = await gate(
    raw,
    new TestHost(mesh, { modules: MODULES }).context({
      record: (action, decision) => host.memory.record(action, decision)
    })
  )
  if (verdict.kind !== 'accept') throw new Error(`The gate says ${verdict.kind} ${verdict.code}.`)
  return verdict.value
}

export const findFile = (name: string, id = 'o1'): Operation => ({
  id,
  module: 'file/1',
  params: file.fromFlags({ path: ['/etc'], name: [name] }, NOW) as Record<string, unknown>
})

/** A runner over a root with one file, /etc/secret-name, and what it sends. */
export const startRunner = async (
  t: TestContext,
  mesh: TestMesh,
  entry: string = AGENT_LAUNCHER,
  run?: RunnerComponents['run']
) => {
  const root = temporary(t)
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/secret-name'), 'text')
  const host = await TestMemory.open(t)
  const sent: Reply[] = []
  const runner = new Runner({
    clock: testClock,
    charter: () => mesh.chain.current.charter,
    memory: host.memory,
    replies: {
      send: async reply => {
        const { id: action, op, body, openings = [] } = reply
        const parts = [
          { id: 'e'.repeat(64), action, seq: sent.length + 1, parcel: { envelope: new Uint8Array() } }
        ]
        sent.push(reply)
        await host.memory.answer({
          action,
          op,
          found: body.verdict === 'yes',
          parts,
          openings,
          until: NOW + 1
        })
      },
      sendPart: async () => {
        throw new Error('Nothing stands in this test.')
      }
    },
    attachments: { read: async () => new Map(), release: async () => undefined },
    root,
    log: () => undefined,
    entry,
    ...(run && { run })
  })
  t.after(() => runner.stop())
  return { host, runner, sent }
}
