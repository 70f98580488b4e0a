import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askFile, plant } from '../../../support/ask-file.ts'

/** MIG's defect 1 (mig.md 1.1): everything after a line of more than 64 KiB was silently not searched, and `!regex` said the opposite. */

const LENGTHS = [
  64 * 1024 - 1,
  64 * 1024,
  64 * 1024 + 1,
  256 * 1024 - 1,
  256 * 1024,
  256 * 1024 + 1,
  1_000_003
]

test('a match after a long line, and in one, is found', async t => {
  const root = plant(
    t,
    Object.fromEntries(
      LENGTHS.flatMap(length => [
        [`after-${length}`, `${'x'.repeat(length)}\nthe needle\n`],
        [`in-${length}`, `${'x'.repeat(length)} the needle ${'y'.repeat(length)}`],
        [`none-${length}`, `${'x'.repeat(length)}\nthe noodle\n`]
      ])
    )
  )
  const wanted = (...kinds: string[]) =>
    kinds.flatMap(kind => LENGTHS.map(length => `/${kind}-${length}`)).sort()
  assert.deepEqual(
    (await askFile(root, { path: ['/'], content: ['the needle'] })).paths,
    wanted('after', 'in')
  )
  assert.deepEqual(
    (await askFile(root, { path: ['/'], content: ['(?i)^THE NEEDLE$'] })).paths,
    wanted('after')
  )
  assert.deepEqual((await askFile(root, { path: ['/'], content: ['!the needle'] })).paths, wanted('none'))
})

test('a byte string is found across every border between two reads', async t => {
  const places = [256 * 1024, 512 * 1024].flatMap(border => [-8, -4, -1, 0, 1].map(offset => border + offset))
  const bytes = (place: number) => {
    const text = Buffer.alloc(600 * 1024, 0)
    text.write('\x00\xfeneedle\xff', place - 4, 'latin1')
    return text
  }
  const root = plant(t, Object.fromEntries(places.map(place => [`at-${place}`, bytes(place)])))
  const hex = Buffer.from('\xfeneedle\xff', 'latin1').toString('hex')
  const asked = await askFile(root, { path: ['/'], bytes: [hex] })
  assert.equal(asked.rows.length, places.length)
  assert.equal((await askFile(root, { path: ['/'], bytes: [`${hex}01`] })).rows.length, 0)
})

test('a line of 20 MB is one line', async t => {
  const line = Buffer.alloc(10 << 20, 'x')
  const root = plant(t, {
    in: Buffer.concat([line, Buffer.from('needle'), line]),
    anchored: Buffer.concat([line, Buffer.from('\nneedle\n')])
  })
  assert.deepEqual((await askFile(root, { path: ['/'], content: ['needle'] })).paths, ['/anchored', '/in'])
  assert.deepEqual((await askFile(root, { path: ['/'], content: ['needle$'] })).paths, ['/anchored'])
})
