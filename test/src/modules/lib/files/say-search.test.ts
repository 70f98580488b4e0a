import assert from 'node:assert/strict'
import { test } from 'node:test'
import { file } from '../../../../../src/modules/file.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
const made = (flags: Record<string, unknown>) => file.fromFlags({ path: ['/usr/lib/apache2'], ...flags }, NOW)
const MD5 = '9b1d0b3a3a6e5b8ee6b2a1f0c0de34e4'

test('a search in words, as the preview shows it', () => {
  const says = (flags: Record<string, unknown>) => file.say(made(flags))
  assert.equal(
    says({ name: ['\\.so$'], md5: [MD5] }),
    'under /usr/lib/apache2: files named \\.so$ and with md5 9b1d…e4. Changes nothing.'
  )
  assert.equal(says({}), 'under /usr/lib/apache2: every file. Changes nothing.')
  assert.equal(
    says({ name: ['!x'], size: ['>1k', '512', '<1500'], content: ['!y'], any: true }),
    'under /usr/lib/apache2: files not named x or of at least 1 KiB or of 512 bytes or of at most 1500 bytes or without a line y. Changes nothing.'
  )
  assert.equal(
    says({
      mtime: ['<1d', '>2h'],
      owner: ['root'],
      setuid: true,
      depth: 3,
      exclude: ['*/x'],
      mismatch: ['owner']
    }),
    'under /usr/lib/apache2: files modified since 2026-11-23T12:00:00Z and modified before 2026-11-24T10:00:00Z and owned by root and setuid or setgid, down to depth 3, without */x, the result of owner inverted. Changes nothing.'
  )
})

test('every check that a question can hold is said in words', () => {
  const flags: Record<string, unknown> = {
    ...{
      glob: ['GLOB*'],
      mode: ['MODE'],
      ctime: ['<3d'],
      group: ['GROUP'],
      content: ['CONTENT'],
      bytes: ['00ff']
    },
    ...{
      sha1: ['a'.repeat(40)],
      sha2: ['b'.repeat(64)],
      sha3: ['c'.repeat(56)],
      decompress: true,
      follow: true
    }
  }
  const text = file.say(made(flags))
  for (const word of [
    'GLOB*',
    'MODE',
    '2026-11-21',
    'GROUP',
    'CONTENT',
    '00ff',
    'aaaa…aa',
    'bbbb…bb',
    'cccc…cc',
    'gzip',
    'links'
  ])
    assert.ok(text.includes(word), `${word} is not in ${text}`)
  assert.match(file.say(made({ content: ['x'], 'every-line': true })), /nothing but lines x/)
})

test('literals are what the question names outright, and nothing that only looks like it', () => {
  assert.deepEqual(
    file.literals(
      made({
        name: ['^mod_ssl\\.so$', '\\.so$', 'a.*b', '!^x$'],
        glob: ['id_rsa', '*.so'],
        owner: ['root'],
        md5: [MD5]
      })
    ),
    ['/usr/lib/apache2', 'mod_ssl.so', '.so', 'x', 'id_rsa', 'root', MD5]
  )
})
