import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { enrolHome } from '../../../agent/home.ts'
import { sendAndFollow } from '../../../console/ask/ask.ts'
import { compose, type Question } from '../../../console/ask/compose.ts'
import { wrapFor } from '../../../console/ask/publish.ts'
import { fleetNow, hostsOf } from '../../../console/ask/reach.ts'
import { adminContext } from '../../../console/commands/admin-context.ts'
import { connect } from '../../../console/connect.ts'
import { Fleet } from '../../../console/tour/fleet.ts'
import { foundMesh } from '../../../console/tour/found.ts'
import { Stage, until } from '../../../console/tour/stage.ts'
import type { Output } from '../../../src/cli/out.ts'
import { systemClock } from '../../../src/clock.ts'
import { encodeEnvelope } from '../../../src/documents/envelope.ts'
import { parseTarget } from '../../../src/documents/target/parse.ts'
import { file } from '../../../src/modules/file.ts'
import { startWorker, type Worker } from './worker.ts'

/** Processes that the agents are packed in. */
export const WORKERS = 4

/** One question to the fleet: from the publish to the last answer, opened and counted. */
export interface Asked {
  readonly ms: number
  readonly answers: number
}

/** A mesh of two bootstrap nodes and so many agents, and a console that asks it. */
export interface BenchMesh {
  ask(): Promise<Asked>
  /** Pids of the bootstrap nodes. */
  readonly nodes: readonly number[]
  /** Pids of the processes of agents. */
  readonly workers: readonly number[]
  stop(): Promise<void>
}

export const startMesh = async (agents: number): Promise<BenchMesh> => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-bench-'))
  const fleet = new Fleet(directory, resolve(import.meta.dirname, '../../..'))
  const stage = new Stage(fleet, () => undefined, false)
  const workers: Worker[] = []
  let leave: () => Promise<void> = async () => undefined
  const stop = async (): Promise<void> => {
    await leave()
    await Promise.all(workers.map(worker => worker.stop()))
    await fleet.stop()
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    const { anna, julien } = await foundMesh(stage)
    const enrolment = join(directory, 'bench.enrol')
    const grant = ['--tag', 'role=web', '--tag', 'env=prod', '--max', String(agents), '-o', enrolment]
    await stage.type('gumshoe', ['enrol', '--home', anna, '--yes', ...grant])
    const root = join(directory, 'root')
    mkdirSync(join(root, 'etc'), { recursive: true })
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\n')
    const homes = Array.from({ length: agents }, (_, i) => join(directory, `a${i}`))
    for (const home of homes) await enrolHome(home, enrolment, root, systemClock.now())
    const share = Math.ceil(agents / WORKERS)
    for (let from = 0; from < agents; from += share)
      workers.push(
        await startWorker(join(import.meta.dirname, 'agents.ts'), [root, ...homes.slice(from, from + share)])
      )
    const context = adminContext({ home: julien, yes: true })
    const connected = await connect(context)
    leave = () => connected.close()
    await until('every host is known', async () => (await hostsOf(connected)).length === agents, 120_000)
    return {
      ask: () => askAll(connected),
      nodes: ['b1', 'b2'].map(name => fleet.pid(name)!),
      workers: workers.map(({ pid }) => pid),
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}

type Connection = Awaited<ReturnType<typeof connect>>

/** The question is composed, signed and wrapped before the clock starts, as it is while a person reads the preview. */
const askAll = async (connected: Connection): Promise<Asked> => {
  const { chain, signer, session } = connected
  const now = systemClock.now()
  const asked = question({ path: ['/etc'], name: ['^passwd$'] }, 'role=web')
  const { charter } = chain.current
  const { id, action, bytes, sealKey } = compose(asked, charter, chain.mesh, signer.fingerprint, now)
  const holder = await signer.open()
  const envelope = encodeEnvelope({ bytes, signatures: [await holder.sign(bytes)] })
  const wraps = await wrapFor(sealKey, action.readers, charter, now)
  session.keepSealingKey(id, sealKey)
  const seen = await fleetNow(connected)
  const records: Record<string, unknown>[] = []
  const started = performance.now()
  const options = { detach: false, waitMs: 60_000, signal: new AbortController().signal, exitFound: false }
  await sendAndFollow(connected, { id, envelope, wraps }, seen, options, collect(records))
  const ms = performance.now() - started
  const answers = records.filter(record => record['verdict'] === 'yes').length
  return { ms, answers }
}

/** A question to the module `file` by the flags of its command line. */
export const question = (flags: Record<string, unknown>, target: string): Question => {
  const params = file.fromFlags(flags, systemClock.now()) as Record<string, unknown>
  return {
    operations: [{ id: 'o1', module: 'file/1', params }],
    target: parseTarget(target),
    disclosure: 'hashed',
    limits: {},
    note: {}
  }
}

/** An output that keeps the records and says nothing. */
export const collect = (records: Record<string, unknown>[]): Output => ({
  json: true,
  colour: false,
  width: 100,
  interactive: false,
  line: () => undefined,
  record: fields => void records.push(fields),
  status: () => undefined,
  table: () => undefined
})
