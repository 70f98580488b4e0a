import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeCbor, decodeJson, encodeCbor, encodeJson, fromHex, toHex, utf8Bytes } from '../../src/codec.ts'
import { GumshoeError } from '../../src/errors.ts'

const refuses = (act: () => unknown, code: string, message: RegExp, what?: string): void => {
  assert.throws(
    act,
    error => {
      assert.ok(error instanceof GumshoeError, `not ours: ${error}`)
      assert.equal(error.code, code, what)
      assert.match(error.message, message, what)
      return true
    },
    what
  )
}

const text = fc.string({ unit: 'grapheme', maxLength: 10 })
const name = text.filter(key => key !== '__proto__')
const scalar = fc.oneof(fc.maxSafeInteger(), text, fc.boolean())
const tree = (leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.letrec<{ value: unknown }>(tie => ({
    value: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(name, tie('value'), { maxKeys: 5, noNullPrototype: true })
    )
  })).value

test('what JSON holds comes back, and is written in one way only', () => {
  fc.assert(
    fc.property(tree(scalar), value => {
      const bytes = encodeJson(value)
      const back = decodeJson(bytes)
      assert.deepEqual(back, JSON.parse(JSON.stringify(value)))
      assert.deepEqual(encodeJson(back), bytes)
    }),
    { numRuns: 1_000 }
  )
})

test('what CBOR holds comes back, and is written in one way only', () => {
  fc.assert(
    fc.property(tree(fc.oneof(scalar, fc.uint8Array({ maxLength: 40 }))), value => {
      const bytes = encodeCbor(value)
      const back = decodeCbor(bytes)
      assert.deepEqual(encodeCbor(back), bytes)
      assert.deepEqual(back, value)
    }),
    { numRuns: 1_000 }
  )
})

test('the order of members does not matter to the bytes', () => {
  assert.deepEqual(encodeJson({ b: 1, a: 2 }), encodeJson({ a: 2, b: 1 }))
  assert.equal(
    new TextDecoder().decode(encodeJson({ é: 1, e: 2, '\u{1f600}': 3, '\ufb33': 4 })),
    '{"e":2,"é":1,"\u{1f600}":3,"\ufb33":4}'
  )
  assert.equal(toHex(encodeCbor({ bb: 1, a: 2 })), toHex(encodeCbor({ a: 2, bb: 1 })))
  assert.equal(toHex(encodeCbor({ aa: 1, b: 2, skipped: undefined })), 'a2616202626161' + '01')
})

test('nothing is written that could not be read', () => {
  class Thing {}
  for (const write of [encodeJson, encodeCbor]) {
    refuses(() => write(null), 'malformed', /no null/)
    refuses(() => write({ a: null }), 'malformed', /no null/)
    refuses(() => write([undefined]), 'malformed', /no undefined/)
    refuses(() => write(undefined), 'malformed', /no undefined/)
    refuses(() => write({ a: 1.5 }), 'malformed', /integers/)
    refuses(() => write(Number.NaN), 'malformed', /integers/)
    refuses(() => write(2 ** 53), 'malformed', /integers/)
    refuses(() => write(5n), 'malformed', /no bigint/)
    refuses(() => write('\ud800'), 'malformed', /lone surrogate/)
    refuses(() => write({ '\udfff': 1 }), 'malformed', /lone surrogate/)
    refuses(() => write(JSON.parse('{"__proto__":1}')), 'malformed', /__proto__/)
    refuses(() => write(new Date()), 'malformed', /no object/)
    refuses(() => write(new Map()), 'malformed', /no object/)
    refuses(() => write(new Thing()), 'malformed', /no object/)
    refuses(() => write(() => 1), 'malformed', /no function/)
    let deep: unknown = 1
    for (let i = 0; i < 100_000; i++) deep = [deep]
    refuses(() => write(deep), 'malformed', /too deeply/)
  }
  refuses(() => encodeJson(new Uint8Array(2)), 'malformed', /no object/)
})

test('strict JSON', () => {
  const cases: [string | Uint8Array, string, RegExp][] = [
    ['', 'malformed', /not JSON/],
    ['{', 'malformed', /not JSON/],
    ['{"a":1}}', 'malformed', /not JSON/],
    ['{"a":01}', 'malformed', /not JSON/],
    ["{'a':1}", 'malformed', /not JSON/],
    ['{"a":1,}', 'malformed', /not JSON/],
    ['{"a":NaN}', 'malformed', /not JSON/],
    ['\ufeff{"a":1}', 'malformed', /not JSON/],
    [Uint8Array.of(0x22, 0xff, 0x22), 'malformed', /UTF-8/],
    [Uint8Array.of(0x22, 0xc0, 0x80, 0x22), 'malformed', /UTF-8/],
    [Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 'malformed', /UTF-8/],
    ['{"a":null}', 'malformed', /no null/],
    ['{"a":1.5}', 'malformed', /integers/],
    ['{"a":1e400}', 'malformed', /integers/],
    ['{"a":9007199254740992}', 'malformed', /integers/],
    ['{"a":"\\ud800"}', 'malformed', /lone surrogate/],
    ['{"\\ud800":1}', 'malformed', /lone surrogate/],
    ['{"__proto__":{"a":1}}', 'malformed', /__proto__/],
    ['{"a":{"__proto__":1}}', 'malformed', /__proto__/],
    [`${'['.repeat(17)}1${']'.repeat(17)}`, 'malformed', /too deeply/],
    ['['.repeat(500_000) + ']'.repeat(500_000), 'malformed', /too deeply/],
    ['{"a":1,"a":1}', 'not-canonical', /canonical/],
    ['{"a":1,"a":2}', 'not-canonical', /canonical/],
    ['{"b":1,"a":2}', 'not-canonical', /canonical/],
    ['{"a": 1}', 'not-canonical', /canonical/],
    ['{"a":1}\n', 'not-canonical', /canonical/],
    ['{"a":1.0}', 'not-canonical', /canonical/],
    ['{"a":1e2}', 'not-canonical', /canonical/],
    ['{"a":-0}', 'not-canonical', /canonical/],
    ['{"a":"\\u0061"}', 'not-canonical', /canonical/],
    ['{"a":"\\/"}', 'not-canonical', /canonical/],
    ['{"a":"\\u000A"}', 'not-canonical', /canonical/]
  ]
  for (const [input, code, message] of cases)
    refuses(
      () => decodeJson(typeof input === 'string' ? utf8Bytes(input) : input),
      code,
      message,
      String(input).slice(0, 60)
    )
  assert.deepEqual(decodeJson(utf8Bytes('{"":0,"a":"\\n\u0000é"}'.replace('\u0000', '\\u0000'))), {
    '': 0,
    a: '\n\0é'
  })
})

test('strict CBOR', () => {
  const cases: [hex: string, code: string, message: RegExp][] = [
    ['', 'malformed', /ends early/],
    ['1801', 'malformed', /strict/],
    ['190001', 'malformed', /strict/],
    ['1b0000000000000001', 'malformed', /strict/],
    ['1b0020000000000000', 'malformed', /strict/],
    ['3b001fffffffffffff', 'malformed', /strict/],
    ['5800', 'malformed', /strict/],
    ['18', 'malformed', /ends early/],
    ['42ff', 'malformed', /ends early/],
    ['5bffffffffffffffff', 'malformed', /ends early/],
    ['5f42010243030405ff', 'malformed', /indefinite/],
    ['9f01ff', 'malformed', /indefinite/],
    ['bf616101ff', 'malformed', /indefinite/],
    ['7f6161ff', 'malformed', /indefinite/],
    ['1c', 'malformed', /indefinite/],
    ['c101', 'malformed', /tags/],
    ['d9d9f701', 'malformed', /tags/],
    ['f6', 'malformed', /true and false/],
    ['f7', 'malformed', /true and false/],
    ['f93c00', 'malformed', /true and false/],
    ['fa3f800000', 'malformed', /true and false/],
    ['fb3ff0000000000000', 'malformed', /true and false/],
    ['f818', 'malformed', /true and false/],
    ['e0', 'malformed', /true and false/],
    ['8201', 'malformed', /more than it holds/],
    ['9bffffffffffffffff', 'malformed', /more than it holds/],
    ['bb7fffffffffffffff', 'malformed', /more than it holds/],
    ['a16161', 'malformed', /ends early/],
    ['820102ff', 'malformed', /follow/],
    ['0101', 'malformed', /follow/],
    ['a10101', 'malformed', /keys/],
    ['a1416101', 'malformed', /keys/],
    ['a2616101616102', 'malformed', /strict/],
    ['a1695f5f70726f746f5f5f01', 'malformed', /__proto__/],
    ['81a1695f5f70726f746f5f5fa0', 'malformed', /__proto__/],
    [`${'81'.repeat(17)}01`, 'malformed', /too deeply/],
    ['81'.repeat(500_000), 'malformed', /too deeply/],
    [`${'a16161'.repeat(17)}01`, 'malformed', /too deeply/],
    ['a2616201616101', 'not-canonical', /deterministic/],
    ['a262616101616201', 'not-canonical', /deterministic/],
    ['61ff', 'not-canonical', /deterministic/],
    ['63eda080', 'not-canonical', /deterministic/]
  ]
  for (const [hex, code, message] of cases)
    refuses(() => decodeCbor(fromHex(hex)), code, message, hex.slice(0, 60))
  assert.deepEqual(
    decodeCbor(fromHex(`${'81'.repeat(16)}01`)),
    JSON.parse(`${'['.repeat(16)}1${']'.repeat(16)}`)
  )
})

test('byte strings that are read are copies: a buffer that is used again changes nothing', () => {
  const buffer = Buffer.from('8243010203420405', 'hex')
  const [first] = decodeCbor(buffer) as [Uint8Array]
  buffer.fill(0)
  assert.deepEqual(first, Uint8Array.of(1, 2, 3))
  assert.equal(first.constructor, Uint8Array)
  assert.equal(encodeCbor({ kind: 'x' }).constructor, Uint8Array)
})

test('any bytes are either read, and then are their own only form, or refused with a code of ours', () => {
  const seeds = ['a2616101626262820102', '83f5f443010203', '7b2261223a5b312c2278225d7d', '1b001fffffffffffff']
  const mutated = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(12), fc.nat(255)), { maxLength: 3 }))
    .map(([hex, changes]) => {
      const bytes = fromHex(hex)
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      return bytes
    })
  let taken = 0
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 30 }), mutated), bytes => {
      for (const [decode, encode] of [
        [decodeJson, encodeJson],
        [decodeCbor, encodeCbor]
      ] as const) {
        try {
          assert.deepEqual(encode(decode(bytes)), bytes)
          taken++
        } catch (error) {
          if (!(error instanceof GumshoeError)) throw error
          assert.ok(error.code === 'malformed' || error.code === 'not-canonical')
        }
      }
    }),
    { numRuns: 5_000 }
  )
  assert.ok(taken > 100, `only ${taken} were read`)
})

test('hurt CBOR of every shape is refused, or is still its own only form', () => {
  const value = tree(fc.oneof(scalar, fc.uint8Array({ maxLength: 40 })))
  const hurt = fc.tuple(fc.nat(), fc.constantFrom('set', 'flip', 'cut', 'double'), fc.nat(255))
  let [taken, refused] = [0, 0]
  fc.assert(
    fc.property(value, fc.array(hurt, { minLength: 1, maxLength: 3 }), (whole, changes) => {
      let bytes = encodeCbor(whole)
      for (const [place, how, byte] of changes) {
        const at = place % bytes.length
        if (how === 'set') bytes[at] = byte
        if (how === 'flip') bytes[at]! ^= 1 << (byte & 7)
        if (how === 'cut') bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1)])
        if (how === 'double') bytes = Uint8Array.from([...bytes.subarray(0, at + 1), ...bytes.subarray(at)])
        if (bytes.length === 0) return
      }
      let back: unknown
      try {
        back = decodeCbor(bytes)
      } catch (error) {
        if (!(error instanceof GumshoeError)) throw error
        refused++
        return
      }
      taken++
      assert.deepEqual(encodeCbor(back), bytes)
    }),
    { numRuns: 10_000 }
  )
  assert.ok(taken > 1_000 && refused > 1_000, `${taken} were read, ${refused} refused`)
})
