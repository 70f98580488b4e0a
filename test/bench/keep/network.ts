import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { encodeCbor, toBase64 } from '../../../src/codec.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { makeSealKey } from '../../../src/trust/seal.ts'
import { makeTestMesh } from '../../support/mesh.ts'
import { startWorker } from '../fleet/worker.ts'
import { cpuSeconds } from '../processes.ts'
import { inDirectory } from './store.ts'

const AGENTS = 200
const EACH = 50
const PROCESSES = 2

/**
 * Answers a second that one bootstrap node verifies, keeps, syncs and acknowledges over the network, and what each takes
 * of its CPU; its clients share the machine.
 */
export const overNetwork = (): Promise<{ rate: number; answers: number; cpuMicros: number }> =>
  inDirectory(async directory => {
    const mesh = await makeTestMesh()
    const seal = makeSealKey()
    const enrolment = makeIdentity()
    const tags = ['env=prod', 'role=web']
    const grant = await mesh.signGrant(enrolment, { hosts: AGENTS })
    const hosts = Array.from({ length: AGENTS }, () => mesh.member(makeIdentity(), enrolment, grant, tags))
    const { raw, id } = await mesh.signAction({ sealTo: toBase64(seal.publicKey) }, 'julien')
    mkdirSync(directory)
    const file = (name: string, value: unknown): string => {
      const path = join(directory, name)
      writeFileSync(path, encodeCbor(value))
      return path
    }
    const cards = hosts.map(({ card, identity }) => [card, identity.peer])
    const known = file('hub', { charters: mesh.chain.envelopes(), cards, action: raw })
    const hub = await startWorker(join(import.meta.dirname, 'hub.ts'), [known])
    const share = AGENTS / PROCESSES
    const clients = await Promise.all(
      Array.from({ length: PROCESSES }, (_, i) => {
        const seeds = hosts.slice(i * share, (i + 1) * share).map(({ identity }) => identity.seed)
        const what = { mesh: mesh.mesh, action: id, sealTo: seal.publicKey, seeds, each: EACH, hub: hub.said }
        return startClients(file(`clients-${i}`, what))
      })
    )
    const before = cpuSeconds(hub.pid)
    const started = performance.now()
    await Promise.all(clients.map(put => put()))
    const rate = ((AGENTS * EACH) / (performance.now() - started)) * 1_000
    const cpuMicros = ((cpuSeconds(hub.pid) - before) * 1e6) / (AGENTS * EACH)
    await hub.stop()
    return { rate, answers: AGENTS * EACH, cpuMicros }
  })

/** Resolves, when its agents are connected, to the function that has them put everything. */
const startClients = async (path: string): Promise<() => Promise<void>> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'clients.ts'), path], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  const lines = createInterface({ input: child.stdout })
  await once(lines, 'line')
  return async () => {
    const ended = once(child, 'exit')
    child.stdin.write('go\n')
    const [code] = await ended
    if (code !== 0) throw new Error(`The clients ended with ${code}.`)
  }
}
