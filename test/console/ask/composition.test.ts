import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromFlags, operationsFrom, readComposition } from '../../../console/ask/composition.ts'
import { template } from '../../../console/ask/edit.ts'
import { codeOf, GumshoeError } from '../../../src/errors.ts'
import { NOW } from '../../support/mesh.ts'

const KNOWN = { a17: 'c'.repeat(64) }
const resolve = (name: string): string => {
  if (name in KNOWN) return KNOWN[name as 'a17']
  throw new GumshoeError('not-found', `No action ${name} is known here.`)
}
const operations = (ops: string[], whens: string[] = []) =>
  operationsFrom(fromFlags(ops, whens), NOW, resolve)
const says = (work: () => unknown): string => {
  try {
    work()
    return 'taken'
  } catch (error) {
    return `${codeOf(error)}: ${(error as Error).message}`
  }
}

const FILE = 'file --path /etc --name ^x$'

test('operations by flags: named or counted, each of a module of its own, one on the condition of another', () => {
  const [a, b, c] = operations(
    [`a: ${FILE}`, "b: process --name '^y z$' --cmdline '^a: b'", 'account --id 0'],
    ['b: found(a)', 'o3: answered(a17)']
  )
  assert.deepEqual([a?.id, a?.module, a?.condition], ['a', 'file/1', undefined])
  assert.deepEqual([b?.id, b?.module, b?.condition], ['b', 'process/1', { when: 'found', op: 'a' }])
  assert.ok(JSON.stringify(b?.params).includes('^y z$'), 'quotes hold a word together')
  assert.deepEqual([c?.id, c?.condition], ['o3', { when: 'answered', action: KNOWN.a17 }])
})

test('a document says the same, with comments, flags by name and a comma too many', async () => {
  const written = await readComposition(`// why
  { "target": "role=web", "level": "match", /* twice */ "operations": [
    { "id": "a", "module": "file", "flags": { "path": ["/etc"], "name": "^x$", "follow": true, "remote": false } },
    { "module": "process", "argv": "--name //not-a-comment", "when": "found(a)" },
  ] }`)
  const [a, b] = operationsFrom(written.operations, NOW, resolve)
  assert.deepEqual(a?.params, operations([`a: ${FILE} --follow`])[0]?.params)
  assert.deepEqual([b?.id, b?.condition], ['o2', { when: 'found', op: 'a' }])
  assert.ok(JSON.stringify(b?.params).includes('//not-a-comment'))
})

test('what does not hold is refused before anything is asked, and the sentence names the operation', async () => {
  const cases: [string, RegExp][] = [
    [says(() => operations([])), /^usage: operations: say at least one/],
    [says(() => operations(Array(17).fill(FILE))), /^usage: operations: an action has at most 16/],
    [says(() => operations([`a: ${FILE}`, `a: ${FILE}`])), /^usage: Two operations are called a/],
    [
      says(() => operations(['a: fiel --path /etc'])),
      /^usage: Operation a: There is no module fiel; did you mean file\?/
    ],
    [
      says(() => operations(['a: file --paht /etc'])),
      /^usage: Operation a: There is no flag --paht in file; did you mean --path\?/
    ],
    [says(() => operations(['a: file --path'])), /^usage: Operation a: file --path needs a value/],
    [says(() => operations(['a: file /etc'])), /^usage: Operation a: file: /],
    [says(() => operations(['a: file --name x'])), /^bad-params: Operation a: /],
    [says(() => operations([`a: ${FILE} '`])), /^usage: Operation a: A ' is not closed/],
    [says(() => operations([`a: ${FILE} | grep x`])), /^usage: Operation a: Put \| between quotes/],
    [says(() => operations([`a: ${FILE}`], ['a: found(a)'])), /names itself/],
    [says(() => operations([`a: ${FILE}`, `b: ${FILE}`], ['a: found(b)'])), /names an operation below it/],
    [says(() => operations([`a: ${FILE}`, `b: ${FILE}`], ['b: answered(a)'])), /always answered/],
    [says(() => operations([`a: ${FILE}`, `b: ${FILE}`], ['b: not found(a)'])), /is no condition/],
    [says(() => operations([`a: ${FILE}`], ['a: found(a99)'])), /^not-found: Operation a: No action a99/],
    [says(() => operations([`a: ${FILE}`], ['b: found(a)'])), /^usage: --when b: there is no operation b/],
    [says(() => operations([`a: ${FILE}`], ['found(a)'])), /^usage: --when found\(a\): a condition is like/]
  ]
  for (const [said, wanted] of cases) assert.match(said, wanted)
  for (const text of [
    '',
    '[]',
    '{}',
    '{"operations":[]}',
    '{"operations":[{"module":"file","x":1}]}',
    'null',
    '{"a" 1}'
  ])
    await assert.rejects(readComposition(text), { code: 'usage' }, text)
  for (const [operation, words] of [
    ['{}', 'operation 1, module is needed.'],
    ['{"module":"file","when":1}', 'operation 1, when: this must be text.'],
    [
      '{"module":"file","flags":{"path":{}}}',
      'operation 1, flags, path: this must be text, a number, true or false or a list.'
    ],
    ['{"module":"file","x":1}', 'operation 1: there is no member "x".']
  ])
    await assert.rejects(readComposition(`{"operations":[${operation}]}`), { message: words })
  const both = await readComposition('{"operations":[{"module":"file","argv":"","flags":{}}]}')
  assert.match(
    says(() => operationsFrom(both.operations, NOW, resolve)),
    /not in both/
  )
})

test('the template that an editor opens on is a composition itself', async () => {
  const { target, operations: written } = await readComposition(template('role=web'))
  assert.equal(target, 'role=web')
  assert.deepEqual(
    operationsFrom(written, NOW, resolve).map(({ id, condition }) => [id, condition]),
    [
      ['a', undefined],
      ['b', { when: 'found', op: 'a' }]
    ]
  )
})

test('the document in docs/compose.md is one', async () => {
  const page = readFileSync(new URL('../../../docs/compose.md', import.meta.url), 'utf8')
  const [, text] = /```\n(\{[^`]*)```/.exec(page)!
  const written = await readComposition(text!)
  assert.equal(operationsFrom(written.operations, NOW, resolve).length, 2)
})

test('any text at all is a composition or a sentence, never a crash', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.json()),
      fc.string({ unit: 'binary', maxLength: 60 }),
      async (text, word) => {
        await readComposition(text).catch(error => assert.equal(codeOf(error), 'usage'))
        assert.notEqual(codeOf(catching(() => operations([`a: ${FILE} ${word}`], [word]))), 'internal')
      }
    ),
    { numRuns: 60 }
  )
})

const catching = (work: () => unknown): unknown => {
  try {
    work()
    return new GumshoeError('known', 'It was taken.')
  } catch (error) {
    return error
  }
}
