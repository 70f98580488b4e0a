import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { targetOfSql } from '../../../console/mig/sql-target.ts'
import { parseTarget } from '../../../src/documents/target/parse.ts'
import { GumshoeError } from '../../../src/errors.ts'

/** The documented targets of MIG (its cheat sheet, its actions), by hand in our words. */
const SAME: readonly (readonly [sql: string, target: string])[] = [
  ["queueloc LIKE 'linux.%'", 'os=linux'],
  ["agents.queueloc like 'linux.%'", 'os=linux'],
  ["queueloc NOT LIKE 'windows.%'", 'os!=windows'],
  ["environment->>'os'='linux'", 'os=linux'],
  ["agents.environment->>'os' = 'windows'", 'os=windows'],
  ["environment#>>'{os}' = 'linux'", 'os=linux'],
  ["(environment->>'os')::text = 'linux'", 'os=linux'],
  ["environment->>'os' IN ('linux','darwin') AND mode='daemon'", 'os=linux or os=darwin'],
  ["environment->>'os'='linux' AND name LIKE '%buildbot%'", 'os=linux and hostname~"*buildbot*"'],
  ["name LIKE '%mysql%'", 'hostname~"*mysql*"'],
  ["name = 'db1.example.org'", 'hostname=db1.example.org'],
  ["name LIKE 'web__'", 'hostname~"web??"'],
  ["name LIKE 'a\\_b'", 'hostname=a_b'],
  ["lower(name) = 'WEB'", 'hostname=web'],
  ["name ~ '^web'", 'hostname~"web*"'],
  ["name ~* '^(web|DB)\\.example\\.org$'", 'hostname=web.example.org or hostname=db.example.org'],
  ["name !~ 'test'", 'not hostname~"*test*"'],
  ["name ILIKE 'WEB%' OR (name='x' AND NOT mode='checkin')", 'hostname~"web*" or hostname=x'],
  [
    "environment->>'ident' ILIKE '%ubuntu%' AND environment->>'arch'='386'",
    'distribution=ubuntu and arch=ia32'
  ],
  ["environment->>'ident' ilike 'ubuntu 12.04%'", 'distribution=ubuntu and distribution-version~"12.04*"'],
  ["environment->>'ident' LIKE '%release 6%' OR environment->>'ident' ILIKE 'red%6.%'", 'no'],
  ["tags->>'operator'='opsec'", 'operator=opsec'],
  ["tags->>'operator'!='IT'", 'operator!=it'],
  ["tags->>'operator' NOT IN ('a','b')", 'operator!=a and operator!=b'],
  ["NOT (tags->>'a'='x' OR tags->>'b' LIKE 'y%')", 'a!=x and b~"*" and not b~"y*"'],
  ["tags->>'a' IS NULL", 'not a~"*"'],
  ["tags->>'a' IS NOT NULL", 'a~"*"'],
  ["environment->>'addresses' LIKE '%\"10.8.%'", 'ip in 10.8.0.0/16'],
  ["status='online'", 'all'],
  ["status IN ('online','idle') AND tags->>'role'='web'", 'role=web'],
  ["status != 'offline'", 'all'],
  ["mode='daemon' AND version='20150122'", 'version=20150122'],
  ["version < '2'", 'version<2'],
  ['TRUE', 'all'],
  ['all', 'all']
]

const translated = (sql: string): string => {
  try {
    return targetOfSql(sql, () => undefined)
  } catch (error) {
    if (error instanceof GumshoeError) return 'no'
    throw error
  }
}

test('targets of MIG say the same in our words', () => {
  for (const [sql, target] of SAME) {
    assert.equal(translated(sql), target, sql)
    if (target !== 'no') parseTarget(target)
  }
})

/** Each with the text under the caret, and a word of the fix. */
const FOREIGN: readonly (readonly [sql: string, code: string, at: number, fix: RegExp])[] = [
  ["os = 'linux'", 'no-counterpart', 0, /target\.md/],
  ["environment->>'publicip' = '1.2.3.4'", 'no-counterpart', 0, /ip in/],
  ["tags->>'a'='b' AND starttime < NOW() - INTERVAL '30 days'", 'no-counterpart', 19, /agentinfo/],
  ["environment->'aws'->>'instanceid'='i-1'", 'no-counterpart', 0, /tag/],
  ['id IN (select agentid from commands where actionid=1)', 'no-counterpart', 7, /found\(a17\)/],
  ["name ~ 'web[0-9]+'", 'no-counterpart', 7, /\* and \?/],
  ["queueloc = 'linux.web1.x'", 'no-counterpart', 0, /hostname/],
  ["queueloc LIKE '%.web1.%'", 'no-counterpart', 0, /hostname/],
  ["tags->>'os' = 'x'", 'no-counterpart', 0, /tag/],
  ["mode = 'checkin'", 'no-counterpart', 0, /os=linux/],
  ['allonline', 'no-counterpart', 0, /migrc/],
  ["name = 'x' AND", 'bad-target', 14, /-t/],
  ["name = 'x", 'bad-target', 7, /-t/],
  ["name = 'x' -- y", 'bad-target', 11, /-t/],
  ["name = 'x'; drop table agents", 'bad-target', 10, /-t/],
  ["name 'x'", 'bad-target', 5, /-t/],
  ['', 'bad-target', 0, /-t/]
]

test('what no target says is named by its place, with what to write instead', () => {
  for (const [sql, code, at, fix] of FOREIGN)
    assert.throws(
      () => targetOfSql(sql, () => undefined),
      (error: GumshoeError) => {
        assert.equal(error.code, code, sql)
        assert.match(error.message, new RegExp(`at character ${at + 1}:`), `${sql}: ${error.message}`)
        assert.match(error.fix, fix, sql)
        return true
      }
    )
})

test('a value that no host of ours could have is named too', () => {
  for (const sql of ["tags->>'a'='ü'", "tags->>'a'='x y'", "name = ''"])
    assert.throws(() => targetOfSql(sql, () => undefined), { code: 'no-counterpart' }, sql)
})

test('any text is a target or an error of ours; what comes out is read as itself', () => {
  const word = fc.constantFrom(
    ...[
      'name',
      'queueloc',
      "tags->>'a'",
      "environment->>'os'",
      "environment->>'ident'",
      'mode',
      'agents.',
      'lower('
    ],
    ...[
      'AND',
      'OR',
      'NOT',
      '(',
      ')',
      '=',
      '!=',
      'LIKE',
      'ILIKE',
      '~',
      'IN',
      'IS NULL',
      ',',
      '->',
      "'x'",
      "'%a_'",
      "'linux.%'"
    ]
  )
  const sql = fc.oneof(
    fc.string(),
    fc.array(word, { maxLength: 14 }).map(words => words.join(' '))
  )
  fc.assert(
    fc.property(sql, text => {
      const target = translated(text)
      if (target !== 'no') parseTarget(target)
    }),
    { numRuns: 2_000 }
  )
})

test('a megabyte of SQL, and a thousand parentheses, end at once', () => {
  for (const sql of [
    `name = '${'a'.repeat(1 << 20)}'`,
    `${'('.repeat(1_000)}name='a'${')'.repeat(1_000)}`,
    `${'NOT '.repeat(1_000)}name='a'`,
    `${'lower('.repeat(600)}name`
  ])
    assert.throws(() => targetOfSql(sql, () => undefined), { code: 'bad-target' })
})
