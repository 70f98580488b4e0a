import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatTarget } from '../../../../src/documents/target/format.ts'
import { parseQuestionTarget, parseTarget } from '../../../../src/documents/target/parse.ts'
import { GumshoeError } from '../../../../src/errors.ts'
import { LIMITS } from '../../../../src/limits.ts'
import { vectors } from '../../../vectors.ts'
import { anyTarget } from './arbitrary.ts'

type Row = { text: string; canonical?: string; at?: number }

const failure = (text: string): GumshoeError => {
  try {
    parseTarget(text)
  } catch (error) {
    assert.ok(error instanceof GumshoeError, String(error))
    return error
  }
  return assert.fail(`${JSON.stringify(text)} was taken`)
}

test('every vector is read into its canonical text, or refused at its character', () => {
  const rows = vectors<Row[]>('target/parse.json')
  assert.ok(rows.filter(row => row.at !== undefined).length > rows.length / 2, 'more refusals than successes')
  for (const { text, canonical, at } of rows) {
    if (canonical !== undefined) {
      const target = parseTarget(text)
      assert.equal(formatTarget(target), canonical, text)
      assert.deepEqual(parseTarget(canonical), target, text)
    } else {
      const error = failure(text)
      assert.equal(error.code, 'bad-target')
      assert.match(error.message, new RegExp(`at character ${at}:`), JSON.stringify(text))
    }
  }
})

test('parse ∘ format is the identity', () => {
  fc.assert(
    fc.property(anyTarget, target => {
      const text = formatTarget(target)
      fc.pre(text.length <= LIMITS.targetBytes)
      assert.deepEqual(parseTarget(text), target)
      assert.equal(formatTarget(parseTarget(text)), text)
    }),
    { numRuns: 2_000 }
  )
})

test('any text is either a target or bad-target, and what is taken has a canonical text', () => {
  const pieces = [
    'role',
    '=',
    'web',
    ' and ',
    ' or ',
    'not ',
    '(',
    ')',
    'in',
    ',',
    '"',
    '\\',
    'ip',
    '10.0.0.0/8',
    '~',
    '*',
    '<',
    'all',
    'é',
    ' ',
    'found',
    '\0'
  ]
  const text = fc.oneof(
    fc.string({ maxLength: 80, unit: 'binary' }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map(list => list.join('')),
    {
      weight: 3,
      arbitrary: anyTarget.chain(target => {
        const whole = formatTarget(target)
        return fc
          .tuple(fc.nat(whole.length), fc.nat(4), fc.constantFrom('', ' ', ...pieces))
          .map(([at, cut, put]) => whole.slice(0, at) + put + whole.slice(at + cut))
      })
    }
  )
  let taken = 0
  fc.assert(
    fc.property(text, input => {
      try {
        const target = parseTarget(input)
        taken++
        assert.equal(formatTarget(parseTarget(formatTarget(target))), formatTarget(target))
      } catch (error) {
        if (!(error instanceof GumshoeError)) throw error
        assert.equal(error.code, 'bad-target')
        assert.doesNotMatch(error.message, /[^ -~\n…]/, 'hostile text is shown harmless')
      }
    }),
    { numRuns: 5_000 }
  )
  assert.ok(taken > 250, `only ${taken} inputs reached the end of the parser`)
})

test('the largest and the deepest inputs end early, without a stack overflow', () => {
  for (const unit of ['(', 'not ', 'a=b and ', 'a=b or (', '"', 'id in (', 'a', 'all ', '\\', '*']) {
    assert.equal(failure(unit.repeat(Math.ceil(5_000 / unit.length))).code, 'bad-target')
    assert.equal(failure(unit.repeat(Math.floor(4_096 / unit.length))).code, 'bad-target')
  }
  assert.match(failure('x'.repeat(10_000_000)).message, /at most 4096 characters/)
})

test('an error shows the place with a caret, and knows the fix', () => {
  const error = failure('role=web and env == dev')
  assert.equal(
    error.message,
    'In the target, at character 18: "==" is not part of the grammar.\n  role=web and env == dev\n                   ^'
  )
  assert.equal(error.fix, 'Write = for equality.')
  assert.equal(failure('OS=linux').fix, 'Write os in lower case.')
  assert.equal(failure('os=linux OR os=darwin').fix, 'Write or in lower case.')
  assert.equal(failure('ip in 10.1.0.0/8').fix, 'Write 10.0.0.0/8.')
  assert.equal(failure('hostname=web-*').fix, 'Write hostname~"web-*".')
  const far = failure(`${'role=web and '.repeat(100)}role==web`).message.split('\n')
  assert.equal(far[1]![far[2]!.indexOf('^')], '=')
  assert.ok(far[1]!.length <= 80)
})

test('a condition is split off the outermost and', () => {
  const split = (text: string) => {
    const { target, condition } = parseQuestionTarget(text)
    return [formatTarget(target), condition?.when, condition?.action]
  }
  const id = 'f'.repeat(64)
  assert.deepEqual(split('found(a17)'), ['all', 'found', 'a17'])
  assert.deepEqual(split('role=web and answered(a17)'), ['role=web', 'answered', 'a17'])
  assert.deepEqual(split(`found(${id}) and (a=b or c=d)`), ['a=b or c=d', 'found', id])
  assert.deepEqual(split('a=b and found(a1) and c=d'), ['a=b and c=d', 'found', 'a1'])
  assert.deepEqual(split('a=b'), ['a=b', undefined, undefined])
  for (const text of [
    'not found(a1)',
    'found(a1) or a=b',
    'a=b or found(a1)',
    'a=b and found(a1) or c=d',
    '(found(a1))',
    'found(a1) and answered(a2)',
    'found a1',
    'found()',
    'found(A1)',
    'found=x'
  ])
    assert.throws(() => parseQuestionTarget(text), { code: 'bad-target' }, text)
})
