import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BytesSearcher } from '../../../../../src/modules/lib/match/bytes.ts'
import { LineFeed, LineSearcher } from '../../../../../src/modules/lib/match/lines.ts'
import { compilePattern } from '../../../../../src/modules/lib/match/regex.ts'

const search = (source: string, chunks: Buffer[], every = false): boolean | undefined => {
  const searcher = new LineSearcher({ pattern: compilePattern(source, 'content'), every })
  const feed = new LineFeed([searcher])
  for (const chunk of chunks) feed.update(chunk)
  feed.finish()
  return searcher.result
}

const cut = (text: Buffer, sizes: readonly number[]): Buffer[] => {
  const chunks: Buffer[] = []
  for (let at = 0, i = 0; at < text.length; i++) {
    const size = sizes[i % sizes.length]!
    chunks.push(text.subarray(at, at + size))
    at += size
  }
  return chunks
}

test('however a file is cut into chunks, a pattern matches the lines that it matches one by one', () => {
  const line = fc.array(fc.constantFrom('a', 'b', 'foo', ' ', 'é', '\r', '.', '1'), { maxLength: 6 })
  const sources = [
    'foo$',
    '^a',
    '^$',
    'a.b',
    'foo\\s*b',
    '(?i)FOO',
    'fooa?',
    'o{2}1',
    '[^a]b',
    '\\bfoo\\b',
    'é+',
    'foo1|1.foo|(?:a|b)foo',
    '(?i)(foo|a b)[.1]',
    '^foo'
  ]
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 6 }),
      fc.constantFrom(...sources),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      fc.boolean(),
      (parts, source, sizes, every, ended) => {
        const text = parts.map(part => part.join('')).join('\n') + (ended ? '\n' : '')
        const lines = text
          .replace(/\n$/, '')
          .split('\n')
          .map(l => l.replace(/\r$/, ''))
        const pattern = compilePattern(source, 'content')
        const hits = text === '' ? [] : lines.map(l => pattern.test(Buffer.from(l)))
        const wanted = every ? hits.length > 0 && hits.every(Boolean) : hits.some(Boolean)
        const whole = new LineSearcher({ pattern, every })
        new LineFeed([whole]).all(Buffer.from(text))
        assert.equal(whole.result, wanted, JSON.stringify({ text, source }))
        assert.equal(
          search(source, cut(Buffer.from(text), sizes), every),
          wanted,
          JSON.stringify({ text, source })
        )
      }
    ),
    { numRuns: 3_000 }
  )
})

test('a line longer than what is held: matches at its pieces’ borders count, the cut itself makes none', () => {
  const long = Buffer.alloc(12 << 20, 'x')
  const at = (place: number, text: string): Buffer[] => {
    const copy = Buffer.from(long)
    copy.write(text, place)
    return cut(copy, [256 * 1024])
  }
  for (const place of [0, (8 << 20) - 3, (8 << 20) + 100_000, (12 << 20) - 6])
    assert.equal(search('needle', at(place, 'needle')), true, String(place))
  assert.equal(search('^xneedle', at((8 << 20) + 1, 'needle')), false)
  assert.equal(search('^xneedle', at(1, 'needle')), true)
  assert.equal(search('x$', [...cut(long, [1 << 20]), Buffer.from('y\nz')]), false)
  assert.equal(search('xy$', [...cut(long, [1 << 20]), Buffer.from('y\r\nz')]), true)
  assert.equal(search('^abc$', [...cut(long, [1 << 20]), Buffer.from('\nabc\n')]), true)
})

test('whatever the place in a long line, a match is found once it is all there', () => {
  const line = Buffer.alloc(7 << 20, 'x')
  for (let border = 3 << 20; border < 6 << 20; border += 256 * 1024) {
    line.write('needle', border - 3)
    assert.equal(search('needle', cut(line, [256 * 1024])), true, String(border))
    assert.equal(search('(?i)\\bNEEDLE', cut(line, [256 * 1024])), false, 'no word begins where we cut')
    line.fill('x', border - 3, border + 3)
  }
})

test('a pattern that may match more than is held says that it does not know, never no', () => {
  const line = Buffer.concat([Buffer.from('a'), Buffer.alloc(12 << 20, 'x'), Buffer.from('b\n')])
  assert.equal(search('^a.*b', cut(line, [1 << 20])), undefined)
  assert.equal(search('^[ax]*b$', cut(line, [1 << 20])), undefined)
  assert.equal(search('^a.*b', [...cut(line, [1 << 20]), Buffer.from('axb')]), true)
  assert.equal(search('abc', cut(line, [1 << 20])), false)
})

test('every line: one that differs decides, an empty file matches nothing', () => {
  assert.equal(search('^a', [Buffer.from('a\nab\n')], true), true)
  assert.equal(search('^a', [Buffer.from('a\nb\n'), Buffer.from('a')], true), false)
  assert.equal(search('^a', [], true), false)
})

test('a byte string is found wherever a chunk ends', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 5, max: 2 }),
      fc.uint8Array({ maxLength: 40, max: 2 }),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
      (wanted, text, sizes) => {
        const searcher = new BytesSearcher(Buffer.from(wanted))
        for (const chunk of cut(Buffer.from(text), sizes)) searcher.update(chunk)
        assert.equal(searcher.finish(), Buffer.from(text).includes(Buffer.from(wanted)))
      }
    ),
    { numRuns: 3_000 }
  )
})
