import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { streamPair } from '@libp2p/utils'
import { utf8Bytes } from '../../../../src/codec.ts'
import { GumshoeError } from '../../../../src/errors.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { Client } from '../../../../src/mesh/sync/client.ts'
import { Frames } from '../../../../src/mesh/sync/frames.ts'
import { serve } from '../../../../src/mesh/sync/serve.ts'
import { MESH_ID, testPort } from '../../../support/members.ts'
import { serving, testCaller, testClient } from '../../../support/streams.ts'

const HELLO = { charterVersion: 1, charterId: MESH_ID }
const raw = async (port = testPort()) => {
  const [near, far] = await streamPair({ delay: 0, capacity: 1_000 })
  void serve(far, serving(testCaller(), port))
  return new Frames(near)
}

test('each verb has its answer', async () => {
  const envelope = utf8Bytes('envelope')
  const client = testClient(
    testPort({
      put: async (_, parcel) => ({ receipt: parcel.envelope }),
      want: async (_, id) => (id === MESH_ID ? { envelope, body: utf8Bytes('body') } : undefined),
      putChunk: async (_, { offset, chunk }) => offset + chunk.length,
      wantChunk: async (_, attachment, offset) =>
        attachment === MESH_ID ? utf8Bytes(`from ${offset}`) : undefined,
      charters: async (_, above) => [utf8Bytes(`above ${above}`)],
      open: async (_, topics, have) => ({ missing: [...have], cancels: topics.map(utf8Bytes) }),
      head: async () => ({ seq: 3, id: MESH_ID, actions: [MESH_ID] }),
      neighbours: async () => ['/ip4/192.0.2.1/tcp/1'],
      present: async caller => ({ peers: [caller.peer], whole: true })
    })
  )
  assert.deepEqual(await client.hello(), HELLO)
  assert.deepEqual(await client.put({ envelope }), { receipt: envelope })
  assert.deepEqual(await client.want(MESH_ID), { envelope, body: utf8Bytes('body') })
  assert.equal(await client.want('00'.repeat(32)), undefined)
  assert.equal(await client.putChunk({ attachment: MESH_ID, offset: 7, chunk: utf8Bytes('abc') }), 10)
  assert.deepEqual(await client.wantChunk(MESH_ID, 7), utf8Bytes('from 7'))
  assert.equal(await client.wantChunk('00'.repeat(32), 7), undefined)
  assert.deepEqual(await client.charters(4), [utf8Bytes('above 4')])
  assert.deepEqual(await client.open(['role=web'], [MESH_ID]), {
    missing: [MESH_ID],
    cancels: [utf8Bytes('role=web')]
  })
  assert.deepEqual(await client.head(), { seq: 3, id: MESH_ID, actions: [MESH_ID] })
  assert.deepEqual(await client.neighbours(), ['/ip4/192.0.2.1/tcp/1'])
  assert.deepEqual((await client.present()).whole, true)
})

test('a code crosses with its sentence; what else fails there says nothing of its inside', async () => {
  const client = testClient(
    testPort({
      want: async () => {
        throw new GumshoeError('policy', 'Not yours.')
      },
      head: async () => {
        throw new Error('password=hunter2')
      }
    })
  )
  await assert.rejects(client.want(MESH_ID), { code: 'policy', message: 'Not yours.' })
  await assert.rejects(
    client.head(),
    (error: GumshoeError) => error.code === 'internal' && !error.message.includes('hunter2')
  )
  assert.deepEqual(await client.hello(), HELLO)
})

test('who serves nothing says so', async () => {
  const client = testClient(undefined)
  assert.deepEqual(await client.hello(), HELLO)
  await assert.rejects(client.neighbours(), { code: 'unsupported' })
  await assert.rejects(
    async () => {
      for await (const _ of client.follow({}, [], new AbortController().signal));
    },
    { code: 'unsupported' }
  )
})

test('arguments and answers that do not have their form are a broken protocol', async () => {
  const frames = await raw()
  await frames.write(['hello', 1, HELLO])
  await frames.read()
  for (const [at, ask] of [
    ['want', 'short'],
    ['want'],
    ['put', { envelope: 'text' }],
    ['put', { envelope: utf8Bytes('x'), more: 1 }],
    ['open', { topics: [], have: [7] }],
    ['head', 'now']
  ].entries()) {
    await frames.write([ask[0], 2 * at + 3, ...ask.slice(1)])
    assert.equal((await frames.read())?.[2], 'protocol', JSON.stringify(ask))
  }
  const client = testClient(testPort({ want: async () => ({ envelope: 'text' }) as never }))
  await assert.rejects(client.want(MESH_ID), { code: 'protocol' })
})

test('a stream that does not begin with hello, or asks what is no verb, ends', async () => {
  for (const first of [
    ['put', 1, { envelope: utf8Bytes('x') }],
    ['ok', 1],
    ['constructor', 1],
    ['hello', 2, HELLO]
  ]) {
    const frames = await raw()
    await frames.write(first)
    assert.equal(await frames.read(), undefined)
  }
  const frames = await raw()
  await frames.write(['hello', 1, HELLO])
  await frames.read()
  await frames.write(['follow', 3, { filter: {}, cursors: [] }])
  assert.equal(await frames.read(), undefined)
})

test('what is too large for a frame fails alone', async () => {
  const client = testClient(
    testPort({
      want: async () => ({ envelope: new Uint8Array(2 * LIMITS.frameBytes) }),
      put: async () => ({ receipt: utf8Bytes('r') })
    })
  )
  const [want, put, big] = await Promise.allSettled([
    client.want(MESH_ID),
    client.put({ envelope: utf8Bytes('x') }),
    client.put({ envelope: new Uint8Array(2 * LIMITS.frameBytes) })
  ])
  assert.equal((want as PromiseRejectedResult).reason.code, 'too-large')
  assert.equal(put.status, 'fulfilled')
  assert.equal((big as PromiseRejectedResult).reason.code, 'too-large')
})

test('charters come as many as one frame holds, so that the asker comes again', async () => {
  const all = Array.from({ length: 5 }, (_, i) => new Uint8Array(400_000).fill(i))
  const client = testClient(testPort({ charters: async (_, above) => all.slice(above) }))
  assert.deepEqual(await client.charters(0), all.slice(0, 2))
  assert.deepEqual(await client.charters(4), all.slice(4))
})

test('an asker waits its deadline and no longer, and a late answer harms nobody', async () => {
  let late: (value: undefined) => void = () => undefined
  const client = testClient(
    testPort({ want: () => new Promise(resolve => (late = resolve)), head: async () => undefined })
  )
  await client.hello()
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const asked = client.want(MESH_ID)
    await new Promise(done => setImmediate(done))
    mock.timers.tick(LIMITS.requestMs + 1)
    await assert.rejects(asked, { code: 'timeout' })
  } finally {
    mock.timers.reset()
  }
  late(undefined)
  assert.equal(await client.head(), undefined)
})

test('when the stream breaks, what is under way fails at once and the next question opens another', async () => {
  let streams = 0
  const caller = testCaller()
  const client = new Client(
    caller,
    async () => {
      const [near, far] = await streamPair({ delay: 0, capacity: 1_000 })
      const port =
        streams++ === 0
          ? testPort({
              want: async () => {
                far.abort(new Error('gone'))
                return undefined
              }
            })
          : testPort()
      void serve(far, serving(caller, port))
      return near
    },
    () => HELLO
  )
  await assert.rejects(client.want(MESH_ID), { code: 'unreached' })
  assert.equal(await client.want(MESH_ID), undefined)
  assert.equal(streams, 2)
})

test('who is a member no longer is answered no more', async () => {
  const caller = testCaller()
  let member = true
  const client = testClient(testPort(), { caller: () => (member ? caller : undefined) })
  await client.hello()
  member = false
  await assert.rejects(client.want(MESH_ID), { code: 'unreached' })
})
