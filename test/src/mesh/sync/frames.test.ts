import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import type { Stream } from '@libp2p/interface'
import { streamPair } from '@libp2p/utils'
import { encodeCbor } from '../../../../src/codec.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { errorOf, Frames } from '../../../../src/mesh/sync/frames.ts'

const pair = (): Promise<[Stream, Stream]> => streamPair({ delay: 0, capacity: 1_000 })
const framed = (bytes: Uint8Array): Uint8Array => {
  const head = new Uint8Array(4)
  new DataView(head.buffer).setUint32(0, bytes.length)
  return Buffer.concat([head, bytes])
}

test('frames arrive whole and in order, however the bytes are cut', async () => {
  const [near, far] = await pair()
  const frames = new Frames(far)
  const sent = Array.from({ length: 40 }, (_, i) => ['word', i, new Uint8Array((i * 37) % 200)])
  const bytes = Buffer.concat(sent.map(frame => framed(encodeCbor(frame))))
  for (let at = 0; at < bytes.length; ) {
    const step = 1 + ((at * 7) % 90)
    near.send(bytes.subarray(at, at + step))
    at += step
  }
  for (const frame of sent) assert.deepEqual(await frames.read(), frame)
  await near.close()
  assert.equal(await frames.read(), undefined)
})

test('both ways at once, each write is one frame', async () => {
  const [near, far] = await pair()
  const [a, b] = [new Frames(near), new Frames(far)]
  const body = new Uint8Array(300_000)
  await Promise.all([
    ...[1, 3, 5].map(i => a.write(['a', i, body])),
    ...[2, 4].map(i => b.write(['b', i, body])),
    (async () => {
      for (const i of [1, 3, 5]) assert.equal((await b.read())?.[1], i)
      for (const i of [2, 4]) assert.equal((await a.read())?.[1], i)
    })()
  ])
})

test('a frame that is too large is not written, and the next one is', async () => {
  const [near, far] = await pair()
  const [a, b] = [new Frames(near), new Frames(far)]
  await assert.rejects(a.write(['x', 1, new Uint8Array(2 * LIMITS.frameBytes)]), { code: 'too-large' })
  await a.write(['y', 3])
  assert.deepEqual(await b.read(), ['y', 3])
})

test('what announces more than a frame may hold is refused before it is taken in', async () => {
  const [near, far] = await pair()
  const frames = new Frames(far)
  near.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff))
  await assert.rejects(frames.read(), { code: 'too-large' })
})

test('what is no frame is refused by code', async () => {
  const cases: [Uint8Array, string][] = [
    [encodeCbor({ a: 1 }), 'protocol'],
    [encodeCbor(['word']), 'protocol'],
    [encodeCbor(['word', 'one']), 'protocol'],
    [Uint8Array.of(0x9f, 0xff), 'malformed'],
    [Buffer.concat([encodeCbor(['word', 1]), Uint8Array.of(0)]), 'malformed'],
    [new Uint8Array(0), 'malformed'],
    [new Uint8Array(50_000).fill(0x81), 'malformed']
  ]
  for (const [bytes, code] of cases) {
    const [near, far] = await pair()
    const frames = new Frames(far)
    near.send(framed(bytes))
    await assert.rejects(frames.read(), { code })
  }
})

test('a frame that has begun must end; a quiet stream may wait', async () => {
  const [near, far] = await pair()
  const frames = new Frames(far)
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const quiet = frames.read()
    mock.timers.tick(100 * LIMITS.requestMs)
    mock.timers.reset()
    near.send(framed(encodeCbor(['word', 1])))
    assert.deepEqual(await quiet, ['word', 1])
    near.send(Uint8Array.of(0, 0))
    await new Promise(done => setTimeout(done, 20))
    mock.timers.enable({ apis: ['setTimeout'] })
    const slow = frames.read()
    await Promise.resolve()
    mock.timers.tick(LIMITS.requestMs + 1)
    await assert.rejects(slow, { code: 'timeout' })
  } finally {
    mock.timers.reset()
  }
})

test('an error keeps its code; an unknown one is a broken protocol, and its words can’t steer a terminal', () => {
  assert.equal(errorOf(['error', 1, 'quota', 'full']).code, 'quota')
  const strange = errorOf(['error', 1, 'no-such-code', 'a\u001b[31mred\u202e'])
  assert.equal(strange.code, 'protocol')
  assert.equal(strange.message, 'a?[31mred?')
  assert.equal(errorOf(['error', 1]).code, 'protocol')
  assert.equal(errorOf(['error', 1, 'toString', 'x']).code, 'protocol')
})
