import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grepOf, grepSink } from '../../../console/prompt/grep.ts'

test('lines that match stay; -v those that do not; -i whatever the case', () => {
  const lines = ['web-01 done', 'WEB-02 silent', 'db-01 done']
  const stay = (...words: string[]) => lines.filter(grepOf(words))
  assert.deepEqual(stay('web'), ['web-01 done'])
  assert.deepEqual(stay('-i', '^web'), ['web-01 done', 'WEB-02 silent'])
  assert.deepEqual(stay('-vi', 'web'), ['db-01 done'])
  assert.throws(() => grepOf([]), { code: 'usage' })
  assert.throws(() => grepOf(['a', 'b']), { code: 'usage' })
  assert.throws(() => grepOf(['(']), { code: 'usage', message: /\( is no regular expression/ })
})

test('the sink hands on whole lines, judged without their colour, shown with it', () => {
  let out = ''
  const target = {
    isTTY: true,
    columns: 80,
    write: (text: string | Uint8Array) => {
      out += String(text)
      return true
    }
  }
  const sink = grepSink(target, [grepOf(['^web']), grepOf(['-v', 'silent'])])
  assert.deepEqual([sink.isTTY, sink.columns], [true, 80])
  sink.write('\x1b[1mweb-01\x1b[0m do')
  sink.write('ne\nweb-02 silent\ndb-01\nweb-03')
  sink.end()
  assert.equal(out, '\x1b[1mweb-01\x1b[0m done\nweb-03\n')
})
