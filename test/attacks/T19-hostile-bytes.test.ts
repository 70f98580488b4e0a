import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeCbor, decodeJson, encodeCbor, encodeJson, utf8Bytes } from '../../src/codec.ts'
import { decodeEnvelope } from '../../src/documents/envelope.ts'
import { KINDS, type Kind, kindOf, read } from '../../src/documents/read.ts'
import { parseQuestionTarget, parseTarget } from '../../src/documents/target/parse.ts'
import { write } from '../../src/documents/write.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import { SAMPLES } from '../samples.ts'

/**
 * T19. A member or a stranger sends bytes that were made to crash a parser, to exhaust its stack or memory, or to change
 * what objects are. Expected: a GumshoeError, nothing else; no object gains a member; no allocation on a promise.
 */

const kinds = Object.keys(KINDS) as Kind[]
const PARSERS: Record<string, (bytes: Uint8Array) => unknown> = {
  json: decodeJson,
  cbor: decodeCbor,
  envelope: decodeEnvelope,
  kind: kindOf,
  ...Object.fromEntries(kinds.map(kind => [kind, (bytes: Uint8Array) => read(bytes, kind)])),
  target: bytes => parseTarget(new TextDecoder().decode(bytes)),
  question: bytes => parseQuestionTarget(new TextDecoder().decode(bytes))
}

/** Feeds every parser; returns how many took the bytes. */
const feed = (bytes: Uint8Array): number => {
  let taken = 0
  for (const [name, parse] of Object.entries(PARSERS)) {
    try {
      parse(bytes)
      taken++
    } catch (error) {
      assert.ok(error instanceof GumshoeError, `${name}: ${(error as Error).stack}`)
      assert.notEqual(error.code, 'internal', name)
    }
  }
  return taken
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'))

test('nests of every kind end before the stack does', () => {
  for (const unit of ['[', '{"a":', '(', 'not ', '!', '"', '\\"', 'a=b or ('])
    feed(utf8Bytes(unit.repeat(100_000)))
  for (const unit of ['81', '9f', 'a16161', 'bf6161', 'c1', '82', '5f', 'd9d9f7'])
    feed(hex(unit.repeat(100_000)))
  feed(utf8Bytes(`${'['.repeat(400_000)}${']'.repeat(400_000)}`))
  feed(hex(`8281${'81'.repeat(200_000)}0180`))
  feed(encodeCbor([hex('81'.repeat(200_000)), []]))
})

test('lengths that lie cost nothing', () => {
  for (const head of ['9b', 'bb', '5b', '7b'])
    for (const size of ['7fffffffffffffff', 'ffffffffffffffff', '0000000100000000', '0000000000100000'])
      assert.equal(feed(hex(`${head}${size}`)), 0)
  for (const size of ['1a00ffffff', '1b001fffffffffffff']) feed(hex(size))
})

test('no object gains a member, whatever a member is named', () => {
  const names = [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'toJSON',
    'then',
    'valueOf',
    'kind'
  ]
  const before = Object.getOwnPropertyNames(Object.prototype).sort()
  for (const name of names) {
    for (const inner of [`{"polluted":1}`, `[{"polluted":1}]`, '1', '"x"']) {
      const text = `{${JSON.stringify(name)}:${inner}}`
      feed(utf8Bytes(text))
      // The encoder refuses the name, so it is put in place of one of the same length.
      const stand = Buffer.from(encodeCbor({ ['z'.repeat(name.length)]: JSON.parse(inner) as unknown }))
      stand.write(name, 2)
      feed(new Uint8Array(stand))
    }
  }
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype).sort(), before)
  const params = JSON.parse('{"constructor":{"prototype":{"polluted":1}},"toString":"x"}') as Record<
    string,
    unknown
  >
  const action = SAMPLES['gumshoe/action/1']
  const back = read(
    write({ ...action, operations: [{ ...action.operations[0]!, params }] }),
    'gumshoe/action/1'
  )
  assert.deepEqual(back.operations[0]!.params, params)
  assert.equal(Object.getPrototypeOf(back.operations[0]!.params), Object.prototype)
})

test('the widest documents that fit their size are read or refused', () => {
  const action = SAMPLES['gumshoe/action/1']
  const wide = (value: unknown) =>
    encodeJson({ ...action, operations: [{ ...action.operations[0]!, params: { a: value } }] })
  const nest = (levels: number, leaf: unknown): unknown => (levels === 0 ? leaf : [nest(levels - 1, leaf)])
  assert.equal(read(wide(Array<number>(90_000).fill(1)), 'gumshoe/action/1').kind, 'gumshoe/action/1')
  assert.equal(
    read(wide(Object.fromEntries(Array.from({ length: 12_000 }, (_, i) => [`k${i}`, 1]))), 'gumshoe/action/1')
      .charter,
    2
  )
  assert.equal(read(wide(Array<unknown>(6_000).fill(nest(11, 1))), 'gumshoe/action/1').charter, 2)
  feed(
    encodeJson({
      ...SAMPLES['gumshoe/charter/1'],
      revoked: { persons: [], keys: [], grants: [], peers: Array<number>(100_000).fill(1) }
    })
  )
  feed(encodeJson({ ...action, readers: Array<string>(30_000).fill('x') }))
  feed(encodeCbor({ ...SAMPLES['gumshoe/presence/1'], addresses: Array<string>(8_000).fill('') }))
  feed(utf8Bytes(`id in (${'a,'.repeat(LIMITS.targetBytes / 2)}`))
  feed(utf8Bytes(`hostname~"${'*a'.repeat(2_000)}"`))
})

test('any change of a true document, anywhere, is answered with a code', () => {
  const wholes = kinds.map(kind => write(SAMPLES[kind] as never))
  const envelopes = wholes.map(bytes => encodeCbor([bytes, [new Uint8Array(64)]]))
  let taken = 0
  let fed = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...wholes, ...envelopes),
      fc.nat(),
      fc.nat(12),
      fc.oneof(
        fc.uint8Array({ maxLength: 9 }),
        fc.constantFrom(hex('9bffffffffffffffff'), hex('f7'), utf8Bytes('null,'), utf8Bytes('\\ud800'))
      ),
      (whole, at, cut, put) => {
        const from = at % whole.length
        taken += feed(new Uint8Array(Buffer.concat([whole.slice(0, from), put, whole.slice(from + cut)])))
        fed++
      }
    ),
    { numRuns: 2_000 }
  )
  // A change that leaves every form whole (a digit for a digit) is taken: the signature, not the form, speaks against it.
  assert.ok(taken > 0 && taken < fed, `${taken} of ${fed}`)
})
