import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { importMigAction } from '../../console/mig/import-action.ts'
import { ofRegex } from '../../console/mig/pattern.ts'
import { targetOfSql } from '../../console/mig/sql-target.ts'
import type { Facts, TargetHost } from '../../src/documents/facts.ts'
import { evaluateTarget } from '../../src/documents/target/evaluate.ts'
import { matchGlob } from '../../src/documents/target/glob.ts'
import { parseTarget } from '../../src/documents/target/parse.ts'
import { GumshoeError } from '../../src/errors.ts'

/**
 * T19, an importer: who writes an action of MIG wants it to ask more hosts here than it says, or to crash the console that
 * reads it. A real SQL engine says which hosts a WHERE clause names; the target that it becomes may name no other.
 */

const NOW = Date.parse('2026-11-24T12:00:00Z')

interface Agent {
  readonly name: string
  readonly os: string
  readonly tags: Readonly<Record<string, string>>
}

const VALUES = ['a', 'ab', 'abc', 'b', 'ba', 'c']
const agents: Agent[] = ['linux', 'darwin'].flatMap(os =>
  ['a', 'ab', 'ba'].flatMap(name =>
    [undefined, 'a', 'abc'].flatMap(x =>
      [undefined, 'b', 'ab'].map(y => ({
        name,
        os,
        tags: { ...(x !== undefined && { x }), ...(y !== undefined && { y }) }
      }))
    )
  )
)

const hostOf = ({ name, os, tags }: Agent): TargetHost => ({
  peer: '12D3KooWEqnTdgDrm7WGUf9UGNQsDQhLaJ9zUbkyFSJtbBnLDQzB',
  tags: Object.entries(tags).map(([key, value]) => `${key}=${value}`),
  facts: { ...FACTS, hostname: name, os }
})
const FACTS: Facts = {
  ...{ grammar: 1, os: 'linux', arch: 'x64', addresses: [], version: '1.0.0', modules: [], disclosures: [] },
  ...{ fence: 'full', rooted: false, privileged: true }
}

const database = (): DatabaseSync => {
  const db = new DatabaseSync(':memory:')
  db.exec('PRAGMA case_sensitive_like = ON; CREATE TABLE agents (n, name, environment, tags)')
  const insert = db.prepare('INSERT INTO agents VALUES (?, ?, ?, ?)')
  agents.forEach(({ name, os, tags }, n) => {
    insert.run(n, name, JSON.stringify({ os }), JSON.stringify(tags))
  })
  return db
}

const column = fc.constantFrom('name', "tags->>'x'", "tags->>'y'", "environment->>'os'")
const value = fc.constantFrom(...VALUES, 'linux').map(text => `'${text}'`)
const pattern = fc
  .array(fc.constantFrom('a', 'b', 'c', '%', '_'), { maxLength: 4 })
  .filter(pieces => pieces.length > 0)
  .map(pieces => `'${pieces.join('')}'`)
const not = fc.constantFrom('', 'NOT ')
const comparison = fc.oneof(
  fc.tuple(column, fc.constantFrom('=', '!=', '<>'), value).map(([c, o, v]) => `${c} ${o} ${v}`),
  fc.tuple(column, not, pattern).map(([c, n, p]) => `${c} ${n}LIKE ${p}`),
  fc.tuple(column, not, value, value).map(([c, n, v, w]) => `${c} ${n}IN (${v}, ${w})`),
  fc.tuple(column, not).map(([c, n]) => `${c} IS ${n}NULL`)
)
const { clause } = fc.letrec<{ clause: string }>(tie => ({
  clause: fc.oneof(
    { maxDepth: 4 },
    comparison,
    tie('clause').map(inner => `NOT (${inner})`),
    fc
      .tuple(tie('clause'), fc.constantFrom('AND', 'OR'), tie('clause'))
      .map(([a, o, b]) => `(${a} ${o} ${b})`),
    fc
      .tuple(comparison, fc.constantFrom('AND', 'OR'), comparison, fc.constantFrom('AND', 'OR'), comparison)
      .map(words => words.join(' '))
  )
}))

const imported = (sql: string): string | undefined => {
  try {
    return targetOfSql(sql, () => undefined)
  } catch (error) {
    if (error instanceof GumshoeError) return undefined
    throw error
  }
}

test('no WHERE clause names a host here that it does not name there', () => {
  const db = database()
  let compared = 0
  fc.assert(
    fc.property(clause, sql => {
      const text = imported(sql)
      if (text === undefined) return
      const named = db
        .prepare(`SELECT n FROM agents WHERE ${sql}`)
        .all()
        .map(row => row['n'])
      const target = parseTarget(text)
      const ours = agents.flatMap((agent, n) => (evaluateTarget(target, hostOf(agent)) ? [n] : []))
      assert.deepEqual(ours, named, `${sql}\nbecame ${text}`)
      compared++
    }),
    { numRuns: 3_000 }
  )
  assert.ok(compared > 1_000, `${compared} were compared`)
  db.close()
})

test('no regular expression becomes a glob that takes more, or less', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '.',
    '.*',
    '.+',
    '*',
    '+',
    '?',
    '(',
    ')',
    '(?:',
    '|',
    '^',
    '$',
    '\\.',
    '\\('
  )
  const expression = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map(pieces => pieces.join('')),
    fc
      .tuple(
        fc.array(piece, { maxLength: 2 }),
        fc.array(piece, { maxLength: 4 }),
        fc.array(piece, { maxLength: 2 })
      )
      .map(([before, inside, behind]) => `${before.join('')}(${inside.join('')})${behind.join('')}`)
  )
  const text = fc
    .array(fc.constantFrom('a', 'b', 'ab', '.', '('), { maxLength: 6 })
    .map(parts => parts.join(''))
  fc.assert(
    fc.property(expression, fc.array(text, { minLength: 8, maxLength: 8 }), (source, texts) => {
      const patterns = ofRegex(source)
      if (patterns === undefined) return
      const globs = patterns.map(pieces =>
        pieces.map(one => (typeof one === 'string' ? one : one.any === 'many' ? '*' : '?')).join('')
      )
      for (const one of texts)
        assert.equal(
          globs.some(glob => matchGlob(glob, one)),
          new RegExp(source, 's').test(one),
          `${source} ${globs} ${one}`
        )
    }),
    { numRuns: 5_000 }
  )
})

test('what would be left out of a system’s name stops the import', () => {
  const ident = (like: string) => imported(`environment->>'ident' ILIKE '${like}'`)
  for (const like of [
    ...['%Ubuntu%precise%', '%LTS%Ubuntu%', 'Ubuntu 1_.04', '%12%Ubuntu%', 'Ubuntu 1%precise%'],
    ...['%Research%', '%Tencent%', '%Windows 7%', 'Mac OS X 10.9%', '%Darwinia%', '%debianish%']
  ])
    assert.equal(ident(like), undefined, like)
  assert.equal(ident('Debian 1%'), 'distribution=debian and distribution-version~"1*"')
  assert.equal(ident('Ubuntu 12.04 LTS precise'), 'distribution=ubuntu and distribution-version=12.04')
})

test('a name between double quotes is no word of the language, and no word is a member of every object', () => {
  for (const sql of [
    ...['"true"', '"all"', `name='x' "or" name='y'`, `name='x' or "true"`, `"not" name='x'`, `name = "true"`],
    ...[
      "name constructor 'x'",
      "name __proto__ 'x'",
      "environment->>'arch' = 'constructor'",
      `'(' name) = 'x'`
    ]
  ])
    assert.equal(imported(sql), undefined, sql)
})

test('deep, packed and poisoned documents are refused with a code', () => {
  const packed = (text: string) => gzipSync(text).toString('base64')
  const FILE = { module: 'file', parameters: { searches: { s1: { paths: ['/etc'], names: ['x'] } } } }
  const action = (operation: unknown) =>
    JSON.stringify({ name: 'a', target: 'all', syntaxversion: 2, operations: [operation] })
  const asMember = (text: string) => action(FILE).replace('"s1"', text)
  const hostile: readonly [text: string, codes: readonly string[]][] = [
    ['['.repeat(100_000), ['malformed']],
    [action({ ...FILE, parameters: packed('['.repeat(100_000)), is_compressed: true }), ['malformed']],
    [action({ ...FILE, parameters: packed(' '.repeat(64 << 20)), is_compressed: true }), ['malformed']],
    [action({ ...FILE, parameters: packed('{}').slice(0, 8), is_compressed: true }), ['malformed']],
    [action({ ...FILE, module: '__proto__' }), ['no-counterpart']],
    [action({ ...FILE, module: 'constructor' }), ['no-counterpart']],
    [action(FILE).replace('"file"', '"file","__proto__":{"x":1}'), ['no-counterpart']],
    [asMember('"s1","paths":1,"s1"'), ['malformed']],
    [action(FILE).replace('["x"]', '["x"],"options":{"maxdepth":1e400}'), ['malformed']],
    [action(FILE).replace('["x"]', '["x"],"options":{"maxdepth":-1}'), ['malformed']],
    [
      action({
        module: 'yara',
        parameters: { yara: 'rule a { condition: true }', filesearch: '-path /etc -maxdepth 1x' }
      }),
      ['malformed']
    ]
  ]
  for (const [text, codes] of hostile)
    assert.throws(
      () => importMigAction(text, NOW),
      (error: unknown) => error instanceof GumshoeError && codes.includes(error.code),
      text.slice(0, 200)
    )
  // A label is a label, whatever it is called.
  const { composition } = importMigAction(asMember('"__proto__"'), NOW)
  assert.equal(composition.operations.length, 1)
  assert.equal(Object.hasOwn(Object.prototype, 'paths'), false)
})
