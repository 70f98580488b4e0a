import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { GumshoeError } from '../../../../src/errors.ts'
import { file } from '../../../../src/modules/file.ts'
import { askFile, plant } from '../../../support/ask-file.ts'

/** MIG's defect 4: a digest of a wrong length broke the answer on the host; ours is refused before it is signed. */

const GOOD = {
  md5: ['md5'],
  sha1: ['sha1'],
  sha2: ['sha256', 'sha384', 'sha512'],
  sha3: ['sha3-224', 'sha3-256', 'sha3-384', 'sha3-512']
}

test('a digest of a wrong length or with another letter is refused by name', () => {
  for (const [family, algorithms] of Object.entries(GOOD))
    for (const algorithm of algorithms) {
      const hex = createHash(algorithm).update('').digest('hex')
      for (const wrong of [hex.slice(1), `${hex}0`, `${hex}00`, `${hex.slice(1)}g`, '', '!'])
        assert.throws(
          () => file.fromFlags({ path: ['/'], [family]: [wrong] }, 0),
          (error: unknown) =>
            error instanceof GumshoeError &&
            error.code === 'bad-params' &&
            error.message.includes(`--${family}`),
          `${family} ${wrong}`
        )
      assert.throws(() =>
        file.params.parse({ searches: [{ label: 'a', paths: ['/'], [family]: [hex.slice(1)] }] })
      )
    }
})

test('every algorithm, alone and all together in one read, in any case of letters', async t => {
  const text = Buffer.alloc(700_001, 'the quick brown fox\n')
  const root = plant(t, { hit: text, miss: `${text}.`, empty: '' })
  const hex = (algorithm: string) => createHash(algorithm).update(text).digest('hex')
  for (const [family, algorithms] of Object.entries(GOOD))
    for (const algorithm of algorithms)
      assert.deepEqual(
        (await askFile(root, { path: ['/'], [family]: [hex(algorithm).toUpperCase()] })).paths,
        ['/hit'],
        algorithm
      )
  const all = Object.fromEntries(
    Object.entries(GOOD).map(([family, algorithms]) => [family, algorithms.map(hex)])
  )
  const together = await askFile(root, { path: ['/'], ...all, sha256: true })
  assert.deepEqual(together.paths, ['/hit'])
  assert.equal(together.rows[0]!['sha256'], hex('sha256'))
  assert.deepEqual((await askFile(root, { path: ['/'], ...all, mismatch: ['md5'] })).paths, [])
  assert.deepEqual((await askFile(root, { path: ['/'], md5: all['md5'], mismatch: ['md5'] })).paths, [
    '/empty',
    '/miss'
  ])
})
