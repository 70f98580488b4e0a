import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeCbor, encodeJson, toHex } from '../../../src/codec.ts'
import { documentId } from '../../../src/documents/envelope.ts'
import { type DocumentOf, KINDS, type Kind, kindOf, read, readWithId } from '../../../src/documents/read.ts'
import { write } from '../../../src/documents/write.ts'
import { GumshoeError } from '../../../src/errors.ts'
import { LIMITS } from '../../../src/limits.ts'
import { SAMPLES } from '../../samples.ts'
import { ANY } from './arbitrary.ts'

const kinds = Object.keys(KINDS) as Kind[]

const attempt = (bytes: Uint8Array, kind: Kind): 'read' | string => {
  try {
    assert.deepEqual(write(read(bytes, kind) as never), bytes)
    return 'read'
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    assert.ok(error instanceof GumshoeError, `not ours: ${(error as Error).stack}`)
    assert.match(error.message, /^[ -~…]{1,400}$/)
    return error.code
  }
}

for (const kind of kinds) {
  test(`any ${kind} that is written reads back as it was`, () => {
    fc.assert(
      fc.property(ANY[kind] as fc.Arbitrary<DocumentOf<Kind>>, document => {
        const bytes = write(document as never)
        const back = readWithId(bytes, kind)
        assert.deepEqual(back.document, document)
        assert.equal(back.id, documentId(bytes))
        assert.equal(kindOf(bytes), kind)
        assert.deepEqual(write(back.document as never), bytes)
      }),
      { numRuns: 200 }
    )
  })

  test(`a ${kind} with bytes changed is read as its own form or refused with a code, never more`, () => {
    const whole = write(SAMPLES[kind] as never)
    const change = fc.oneof(
      fc.record({
        at: fc.nat(whole.length - 1),
        cut: fc.constant(1),
        put: fc.uint8Array({ minLength: 1, maxLength: 1 })
      }),
      fc.record({ at: fc.nat(whole.length), cut: fc.nat(20), put: fc.uint8Array({ maxLength: 12 }) })
    )
    const outcomes = new Map<string, number>()
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), changes => {
        let bytes = whole
        for (const { at, cut, put } of changes)
          bytes = new Uint8Array(Buffer.concat([bytes.slice(0, at), put, bytes.slice(at + cut)]))
        const outcome = attempt(bytes, kind)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }),
      { numRuns: 1_000 }
    )
    assert.ok((outcomes.get('malformed') ?? 0) > 200, JSON.stringify([...outcomes]))
  })

  test(`each member of a ${kind} is needed or may be absent, and none may be doubled in meaning`, () => {
    const sample = SAMPLES[kind] as unknown as Record<string, unknown>
    const encode = KINDS[kind].form === 'json' ? encodeJson : encodeCbor
    const optional = Object.keys(sample).filter(
      member => attempt(encode({ ...sample, [member]: undefined }), kind) === 'read'
    )
    const known: Record<string, string[]> = {
      'gumshoe/charter/1': ['mesh', 'note', 'previous', 'recovery'],
      'gumshoe/action/1': ['note', 'purpose', 'widens'],
      'gumshoe/action/2': ['note', 'purpose', 'widens'],
      'gumshoe/answer/1': ['prev'],
      'gumshoe/dropped/1': ['prev'],
      'gumshoe/presence/1': ['head']
    }
    assert.deepEqual(optional.sort(), known[kind] ?? [])
    for (const extra of ['zzz', 'Kind', 'constructor', 'toString', '', 'mesh '])
      assert.equal(attempt(encode({ ...sample, [extra]: 'x' }), kind), 'malformed', extra)
  })
}

test('a document above its size is refused before it is judged, and is never written', () => {
  const action = SAMPLES['gumshoe/action/1']
  const large = {
    ...action,
    operations: [{ ...action.operations[0]!, params: { a: 'x'.repeat(LIMITS.actionBytes) } }]
  }
  assert.equal(attempt(encodeJson(large), 'gumshoe/action/1'), 'too-large')
  assert.throws(() => write(large), { code: 'too-large' })
  assert.equal(attempt(new Uint8Array(LIMITS.charterBytes + 1), 'gumshoe/charter/1'), 'too-large')
  const grant = { ...SAMPLES['gumshoe/grant/1'], zzz: 'x'.repeat(LIMITS.smallBytes) }
  assert.equal(attempt(encodeJson(grant), 'gumshoe/grant/1'), 'too-large')
})

test('a refusal names the field, and shows hostile names harmless and short', () => {
  const cancel = SAMPLES['gumshoe/cancel/1']
  const say = (document: unknown): string => {
    try {
      read(encodeJson(document), 'gumshoe/cancel/1')
    } catch (error) {
      return (error as Error).message
    }
    return assert.fail('it was taken')
  }
  assert.equal(say({ ...cancel, action: 'x' }), 'In gumshoe/cancel/1, action: an id is 64 lower hex digits.')
  const hostile = say({ ...cancel, ['\u001b[2J<script>'.repeat(1_000)]: 1 })
  assert.match(hostile, /^[ -~]{1,300}$/)
  assert.throws(() => write({ ...cancel, nonce: 'x' }), { code: 'bad-params', message: /nonce/ })
})

test('what JSON parameters can hold but a document can not is never written', () => {
  const action = SAMPLES['gumshoe/action/1']
  for (const value of [null, 0.5, Number.NaN, 2 ** 53, '\ud800', { ['\udfff']: 1 }])
    assert.throws(
      () => write({ ...action, operations: [{ ...action.operations[0]!, params: { a: value } }] }),
      (error: unknown) => error instanceof GumshoeError,
      String(value)
    )
})

test('only the kinds that are asked for are read', () => {
  const bytes = write(SAMPLES['gumshoe/cancel/1'])
  assert.equal(read(bytes, 'gumshoe/action/1', 'gumshoe/cancel/1').kind, 'gumshoe/cancel/1')
  assert.throws(() => read(bytes, 'gumshoe/action/1'), { code: 'unknown-kind' })
})

test('any bytes at all', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...kinds), (bytes, kind) => {
      assert.notEqual(attempt(bytes, kind), 'read', toHex(bytes))
    }),
    { numRuns: 2_000 }
  )
})
