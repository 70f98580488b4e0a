import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const SERF = 'serf'

/** Debian's serf (apt-get install serf), where it is. */
export const serfIsHere = (): boolean => spawnSync(SERF, ['version']).status === 0

export interface SerfMesh {
  /** Ms from the query to the last acknowledgement, and how many there were. */
  ask(): Promise<{ ms: number; acks: number }>
  stop(): Promise<void>
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** So many serf agents on loopback, each a process as they are made; a query is acknowledged by each, with no answer beside. */
export const startSerf = async (agents: number): Promise<SerfMesh> => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-serf-'))
  const [first, rpc] = [await freePort(), await freePort()]
  const running: ChildProcess[] = []
  for (let i = 0; i < agents; i++) {
    const own = i === 0 ? first : await freePort()
    const ask = i === 0 ? rpc : await freePort()
    const args = [
      'agent',
      `-node=n${i}`,
      `-bind=127.0.0.1:${own}`,
      `-rpc-addr=127.0.0.1:${ask}`,
      '-profile=local'
    ]
    if (i > 0) args.push(`-retry-join=127.0.0.1:${first}`, '-retry-interval=2s')
    running.push(spawn(SERF, [...args, '-log-level=err'], { cwd: directory, stdio: 'ignore' }))
  }
  const at = `-rpc-addr=127.0.0.1:${rpc}`
  const members = (): number =>
    spawnSync(SERF, ['members', at, '-status=alive'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean)
      .length
  const end = Date.now() + 120_000
  while (members() < agents) {
    if (Date.now() > end) throw new Error(`serf has ${members()} of ${agents} members.`)
    await new Promise(done => setTimeout(done, 500))
  }
  const commandMs = (): number => {
    const began = performance.now()
    spawnSync(SERF, ['members', at, '-name=n0'])
    return performance.now() - began
  }
  return {
    ask: async () => {
      // What the command itself takes is not the mesh's.
      const own = commandMs()
      const began = performance.now()
      const query = spawn(SERF, ['query', at, '-timeout=10s', 'bench'], {
        stdio: ['ignore', 'pipe', 'inherit']
      })
      let [acks, last] = [0, began]
      for await (const line of createInterface({ input: query.stdout })) {
        if (!line.startsWith('Ack from ')) continue
        acks++
        last = performance.now()
        if (acks === agents) query.kill()
      }
      return { ms: Math.max(0, last - began - own), acks }
    },
    stop: async () => {
      await Promise.all(
        running.map(async child => {
          const ended = once(child, 'exit')
          child.kill('SIGKILL')
          await ended
        })
      )
      rmSync(directory, { recursive: true, force: true })
    }
  }
}
