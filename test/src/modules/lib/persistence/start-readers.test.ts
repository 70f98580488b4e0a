import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PLACES } from '../../../../../src/modules/lib/persistence/places.ts'
import { readUnit, templateOf } from '../../../../../src/modules/lib/persistence/unit-file.ts'
import {
  fieldsOf,
  joinedLines,
  quotedIn,
  saidLines
} from '../../../../../src/modules/lib/persistence/words.ts'

const READERS = [...new Set(PLACES.flatMap(({ read }) => read ?? []))]

/** Text that is made of what these files are made of. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '=',
        '"',
        "'",
        '\\',
        '\n',
        ' ',
        '\t',
        '#',
        ';',
        ':',
        '{',
        '}',
        '[',
        ']',
        '@',
        '%',
        '\r',
        '\0'
      ),
      fc.constantFrom(
        'auth',
        'include',
        'RUN+=',
        'Exec=',
        'ExecStart=',
        'Wants=',
        'server',
        'service',
        'install',
        'up'
      ),
      fc.constantFrom(
        '* * * * *',
        'root',
        'Post-Invoke',
        'action=',
        'LD_PRELOAD',
        '.include ',
        'Unit=',
        'x.service'
      ),
      fc.string({ unit: 'binary', maxLength: 5 })
    ),
    { maxLength: 60 }
  )
  .map(parts => Buffer.from(parts.join('')).toString('latin1'))

test('any text is read to entries whose commands are said in it', () => {
  fc.assert(
    fc.property(text, text => {
      for (const read of READERS)
        for (const { commands, line, user } of read(text, 'name')) {
          assert.ok(commands.every(command => typeof command === 'string'))
          assert.ok(line === undefined || line <= text.split('\n').length)
          assert.ok(user === undefined || typeof user === 'string')
        }
      const { commands, pulls, triggers } = readUnit(text, 'x.timer')
      assert.ok([...commands, ...pulls, ...triggers].every(one => typeof one === 'string'))
      templateOf(text)
    })
  )
})

test('lines, fields and quotes are those of the text', () => {
  assert.deepEqual(
    [...saidLines('a\n\n # x\n b \r\nc')],
    [
      { text: 'a', line: 1 },
      { text: 'b', line: 4 },
      { text: 'c', line: 5 }
    ]
  )
  assert.deepEqual(
    [...joinedLines('a \\\n# no\n b\\\nc\nd\\')],
    [
      { text: 'a b c', line: 1 },
      { text: 'd', line: 5 }
    ]
  )
  assert.deepEqual(fieldsOf('  a\tb  c d ', 2), ['a', 'b', 'c d'])
  assert.equal(fieldsOf('a ', 2), undefined)
  assert.deepEqual(quotedIn('x="a\\"b", y="" z="'), [
    { before: 'x=', value: 'a\\"b' },
    { before: ', y=', value: '' }
  ])
  fc.assert(
    fc.property(text, text => {
      for (const { before, value } of quotedIn(text)) assert.ok(text.includes(`${before}"${value}"`))
    })
  )
})
