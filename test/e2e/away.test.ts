import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { decodeSaved } from '../../console/admin/saved.ts'
import { freePort } from '../../console/tour/fleet.ts'
import { decodeEnvelope, documentId } from '../../src/documents/envelope.ts'
import { makeFleet, type TestFleet } from '../support/fleet.ts'
import { eventually } from '../support/members.ts'
import { visit } from '../support/visit.ts'

/** A host away for 0.2 s, 5 s and 60 s gets every open action within 10 s of its return; gossip alone gives it none (threats.md, F1). */
const WITHIN_MS = 10_000

let fleet: TestFleet
const proxies: Wire[] = []
after(async () => {
  for (const proxy of proxies) await proxy.close()
  await fleet?.remove()
})

/** A wire that can be cut: connections end and new ones are refused until it is joined again. */
class Wire {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #whole = true

  constructor(target: number) {
    this.#server = createServer(socket => {
      if (!this.#whole) return void socket.destroy()
      const onward = connect(target, '127.0.0.1')
      for (const [a, b] of [
        [socket, onward],
        [onward, socket]
      ] as const) {
        this.#sockets.add(a)
        a.on('error', () => b.destroy()).on('close', () => {
          this.#sockets.delete(a)
          b.destroy()
        })
        a.pipe(b)
      }
    })
  }

  listen(port: number): Promise<void> {
    return new Promise(done => this.#server.listen(port, '127.0.0.1', done))
  }

  cut(): void {
    this.#whole = false
    for (const socket of this.#sockets) socket.destroy()
  }

  join(): void {
    this.#whole = true
  }

  close(): Promise<void> {
    this.cut()
    return new Promise(done => this.#server.close(() => done()))
  }
}

test('a host that was away has every open action soon after its return', { timeout: 480_000 }, async t => {
  const real: number[] = []
  fleet = await makeFleet(1, async (name, port) => {
    const hidden = await freePort()
    const proxy = new Wire(hidden)
    await proxy.listen(port)
    proxies.push(proxy)
    real.push(hidden)
    return { listen: `/ip4/127.0.0.1/tcp/${hidden}`, announce: `/ip4/127.0.0.1/tcp/${port}`, name }
  })
  const host = fleet.hosts[0]!
  await eventually('the host is known', async () => (await fleet.ask('agents')).length === 1, 90_000)
  const addresses = real.map(port => `/ip4/127.0.0.1/tcp/${port}`)
  for (const awayMs of [200, 5_000, 60_000]) {
    const saved: Uint8Array[] = []
    for (let i = 0; i < 3; i++) {
      const file = join(fleet.fleet.directory, `away-${awayMs}-${i}.saved`)
      await fleet.stage.quietly('gumshoe', [
        'file',
        '--path',
        '/etc',
        '--name',
        `^hostname${i}?$`,
        '-t',
        'all',
        '--yes',
        '--save',
        file,
        '--home',
        fleet.julien
      ])
      saved.push(decodeSaved(new Uint8Array(readFileSync(file))).envelope)
    }
    const ids = saved.map(envelope => documentId(decodeEnvelope(envelope).bytes))
    await visit(fleet.julien, addresses, async clients => {
      for (const proxy of proxies) proxy.cut()
      for (const envelope of saved)
        for (const client of clients) assert.ok('receipt' in (await client.put({ envelope })))
      await new Promise(done => setTimeout(done, awayMs))
      assert.equal(
        ids.filter(id => fleet.records(host.name).some(({ action }) => action === id)).length,
        0,
        'it was not really away'
      )
    })
    for (const proxy of proxies) proxy.join()
    const back = performance.now()
    await eventually(
      `it has the actions of its ${awayMs} ms away`,
      () =>
        ids.every(id =>
          fleet.records(host.name).some(event => event['what'] === 'run' && event['action'] === id)
        ),
      WITHIN_MS
    )
    t.diagnostic(`away ${awayMs} ms: everything after ${Math.round(performance.now() - back)} ms`)
  }
  const isConnected = async () => (await fleet.ask('agents'))[0]?.['connected']
  await eventually('it counts as connected', async () => (await isConnected()) === true, 30_000)
  // Who is killed says no last word, and its last one is good for eight minutes: nodes see its connections end.
  await fleet.fleet.kill(host.name, 'SIGKILL')
  await eventually('it is away', async () => (await isConnected()) === false, 60_000)
})
