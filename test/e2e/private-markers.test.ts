import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { HubJudge } from '../../bootstrap-nodes/gossip-judge.ts'
import { databaseOf } from '../../bootstrap-nodes/home.ts'
import { encodeCbor, sha256, toHex, utf8Bytes } from '../../src/codec.ts'
import { encodeBodies } from '../../src/documents/body.ts'
import type { FeedItem, FeedMark, SyncPort } from '../../src/mesh/sync/ports.ts'
import { file } from '../../src/modules/file.ts'
import { Database } from '../../src/store/database.ts'
import { SHELF } from '../../src/store/kept.ts'
import { commitKey, commitment, disclose } from '../../src/trust/commit.ts'
import { askFile } from '../support/ask-file.ts'
import { Lab } from '../support/lab.ts'
import { eventually } from '../support/members.ts'
import { NOW, signedByMachine, type TestAgent } from '../support/mesh.ts'

/**
 * What a host keeps private never passes a bootstrap node in clear: random markers in names of directories, files, owners
 * and groups, and in the hash of a file, are in none of its files and in nothing that it handles after decryption. A double
 * that does not seal shows that the same look finds every one of them.
 */

const marker = (): string => `mk${randomBytes(9).toString('hex')}`

/** Everything that the node is given, gives, judges or sends on, as bytes. */
class Frames {
  readonly seen: Uint8Array[] = []

  add(value: unknown): void {
    if (value !== undefined) this.seen.push(encodeCbor(value))
  }

  wrap(port: SyncPort): SyncPort {
    const add = (value: unknown) => this.add(value)
    const both =
      <A extends unknown[], R>(verb: (...rest: A) => Promise<R>) =>
      async (...rest: A): Promise<R> => {
        add(rest)
        const reply = await verb(...rest)
        add(reply)
        return reply
      }
    return {
      hello: () => port.hello(),
      put: both(port.put),
      want: both(port.want),
      putChunk: both(port.putChunk),
      wantChunk: both(port.wantChunk),
      charters: both(port.charters),
      open: both(port.open),
      head: both(port.head),
      neighbours: both(port.neighbours),
      present: both(port.present),
      async *follow(caller, filter, cursors, signal): AsyncIterable<FeedItem | FeedMark> {
        add([caller, filter, cursors])
        for await (const item of port.follow(caller, filter, cursors, signal)) {
          add(item)
          yield item
        }
      }
    }
  }
}

/** A marker as it stands, and as other writings would hide it: hex, base64 at each of its three places, UTF-16. */
const writings = (text: string): Buffer[] => {
  const plain = Buffer.from(text)
  const base64 = [0, 1, 2].map(before => {
    const shifted = Buffer.concat([Buffer.alloc(before), plain]).toString('base64')
    // The characters at both ends depend on the neighbours.
    return Buffer.from(shifted.slice(before === 0 ? 0 : before + 1, -4))
  })
  return [plain, Buffer.from(plain.toString('hex')), ...base64, Buffer.from(text, 'utf16le')]
}

const found = (markers: readonly string[], bytes: readonly Uint8Array[]): string[] => {
  const buffers = bytes.map(part => Buffer.from(part.buffer, part.byteOffset, part.byteLength))
  return markers.filter(text => writings(text).some(form => buffers.some(part => part.includes(form))))
}

const filesBelow = (directory: string): Uint8Array[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name)))

/** Every value of every shelf, since what lies in LevelDB's tables is compressed. */
const valuesOf = async (directory: string): Promise<Uint8Array[]> => {
  const database = await Database.open(directory)
  const values: Uint8Array[] = []
  try {
    for (const shelf of [...Object.values(SHELF), 'cursor'])
      for await (const { key, value } of database.entries(shelf)) {
        values.push(utf8Bytes(key))
        if (value) values.push(value)
      }
  } finally {
    await database.close()
  }
  return values
}

test('no private marker passes a bootstrap node; a double that does not seal shows them all', {
  timeout: 300_000
}, async t => {
  const lab = await Lab.make(t, ['north'])
  const frames = new Frames()
  const judged = HubJudge.prototype.judge
  const spy = mock.method(
    HubJudge.prototype,
    'judge',
    function (this: HubJudge, topic: string, data: Uint8Array) {
      frames.add([topic, data])
      return judged.call(this, topic, data)
    }
  )
  t.after(() => spy.mock.restore())
  const hub = await lab.startHub('north', port => frames.wrap(port))

  const [directory, name, owner, group] = [marker(), marker(), marker(), marker()]
  const text = `needle ${randomBytes(8).toString('hex')}\n`
  const hash = createHash('sha256').update(text).digest('hex')
  const [uid, gid] = [process.getuid!(), process.getgid!()]
  const files = {
    [`srv/${directory}/${name}.conf`]: text,
    'etc/passwd': `${owner}:x:${uid}:${gid}::/:/bin/sh\n`,
    'etc/group': `${group}:x:${gid}:\n`
  }
  const markers = [directory, `${name}.conf`, owner, group, hash]
  const host = await lab.startHost('one', files)
  const connected = await lab.connect(await lab.context('julien'))
  await eventually('the host is known', async () => (await lab.hosts(connected)).length === 1)

  const flags = { path: ['/srv'], content: ['^needle '], sha256: true }
  const asked = await lab.ask(connected, flags)
  const [shown] = asked.records.filter(({ type }) => type === 'host')
  assert.equal(shown?.['verdict'], 'yes', JSON.stringify(asked.records))
  const [row] = asked.records.filter(({ type }) => type === 'row') as { path: { c: string[] } }[]
  const key = commitKey(asked.id)
  const committed = ['srv', directory, `${name}.conf`].map(part =>
    toHex(commitment(key, 'file/1', 'path', utf8Bytes(part)))
  )
  assert.deepEqual(row!.path.c, committed, 'the console has the commitments of the marked path')
  for (const record of asked.records)
    assert.deepEqual(found(markers, [encodeCbor(JSON.stringify(record))]), [])

  const kinds = new Set(frames.seen.map(bytes => Buffer.from(bytes).toString('latin1')).flatMap(kindsIn))
  for (const kind of ['action', 'answer', 'presence', 'keywrap'])
    assert.ok(kinds.has(kind), `the look at the frames saw the ${kind}`)
  assert.deepEqual(found(markers, frames.seen), [], 'in frames')
  assert.deepEqual(found(markers, filesBelow(lab.homeOf('north'))), [], 'in files')

  // The control: another member answers the same question without sealing, past everything that agents do.
  const before = frames.seen.length
  const double = await lab.trust.enrol()
  const { rows } = await askFile(host.root, flags, { now: NOW })
  const clear = disclose('clear', file, asked.id, [], rows)
  const plain = encodeBodies({ state: 'done', verdict: 'yes', rows: clear.rows })
  await putUnsealed(lab, double, asked.id, plain)
  assert.deepEqual(found(markers, frames.seen.slice(before)), markers, 'the double is seen in frames')

  await lab.stop()
  assert.ok(hub.documents.count > 5)
  const values = await valuesOf(databaseOf(lab.homeOf('north')))
  assert.deepEqual(found(markers, values), markers, 'the double is seen in the store')
  const own = values.filter(value => found(markers, [value]).length > 0)
  assert.equal(own.length, plain.length, 'and nowhere but in what the double said')
})

const kindsIn = (text: string): string[] => [...text.matchAll(/gumshoe\/(\w+)\/1/g)].map(match => match[1]!)

/** Puts plaintexts as if they were sealed bodies, with headers that are signed as they must be. */
const putUnsealed = async (
  lab: Lab,
  { identity, ...rest }: TestAgent,
  action: string,
  parts: readonly Uint8Array[]
): Promise<void> => {
  const mesh = await lab.joinAs({ identity, ...rest })
  await eventually('the double has joined', () => mesh.members().length === 1)
  const client = await mesh.client(mesh.members()[0]!.peer)
  for (const [part, body] of parts.entries()) {
    const header = {
      kind: 'gumshoe/answer/1' as const,
      ...{ mesh: lab.trust.mesh, action, op: 'o1', agent: identity.peer, seq: part + 1, part, time: NOW },
      last: part === parts.length - 1,
      charter: lab.trust.charter.version,
      ...{ digest: sha256(body), length: body.length, commit: sha256(body) }
    }
    assert.ok('receipt' in (await client.put({ envelope: signedByMachine(header, identity), body })))
  }
}
