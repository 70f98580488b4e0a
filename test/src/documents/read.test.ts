import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { encodeCbor, encodeJson, toHex } from '../../../src/codec.ts'
import { documentId } from '../../../src/documents/envelope.ts'
import {
  type DocumentOf,
  KINDS,
  type Kind,
  kindOf,
  read,
  readWithId,
  sayIssue
} from '../../../src/documents/read.ts'
import { nameForm } from '../../../src/documents/vocabulary.ts'
import { write } from '../../../src/documents/write.ts'
import { placeOf, sayWrong, wrongIn } from '../../../src/documents/wrong.ts'
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

test('whatever is wrong is told in our words, with the field that it is about', () => {
  const values = [
    undefined,
    null,
    0,
    -1,
    1.5,
    2 ** 60,
    true,
    '',
    'x',
    'x'.repeat(5_000),
    [],
    [1],
    {},
    { a: 1 }
  ]
  for (const [kind, { schema }] of Object.entries(KINDS))
    for (const [field, was] of Object.entries(SAMPLES[kind as keyof typeof SAMPLES]))
      for (const value of [...values, ...(Array.isArray(was) ? values.map(one => [one]) : [])]) {
        const { error } = schema.safeParse({ ...SAMPLES[kind as keyof typeof SAMPLES], [field]: value })
        if (error === undefined) continue
        const said = sayIssue(kind, error)
        assert.doesNotMatch(
          said,
          /Invalid|expected [a-z]|received|Too (small|big)|Unrecognized|undefined/,
          said
        )
        assert.ok(said.includes(`, ${field}`) || said.includes(', the document'), said)
      }
  const form = z.strictObject({
    a: z.union([z.string(), z.array(z.string())]).optional(),
    b: z.record(nameForm, z.boolean()).optional(),
    c: z.enum(['x', 'y']).optional(),
    d: z.int().max(3).optional()
  })
  const said: [unknown, string][] = [
    [{ a: 1 }, 'a: this must be text or a list.'],
    [{ a: ['x', 1] }, 'a 2: this must be text.'],
    [{ b: { 'A B': true } }, 'b, A B: a name is 1 to 63 of a-z 0-9 . _ -.'],
    [{ c: 'z' }, 'c: this must be one of x, y.'],
    [{ d: 4 }, 'd: this must be at most 3.'],
    [{ d: 0.5 }, 'd: this must be a whole number.'],
    [{ e: 1 }, 'all: there is no member "e".'],
    ['text', 'all: this must be an object.']
  ]
  for (const [value, words] of said) {
    const wrong = wrongIn(form.safeParse(value).error!)
    assert.equal(sayWrong(placeOf(wrong.path) || 'all', wrong), words)
  }
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
