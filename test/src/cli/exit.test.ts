import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { tellError } from '../../../src/cli/exit.ts'
import { ERRORS, type ErrorCode, EXIT, GumshoeError } from '../../../src/errors.ts'

const debug = process.env['GUMSHOE_DEBUG']
delete process.env['GUMSHOE_DEBUG']
after(() => {
  if (debug !== undefined) process.env['GUMSHOE_DEBUG'] = debug
})

const tell = (error: unknown): { status: number; text: string } => {
  let text = ''
  const status = tellError(error, part => {
    text += part
  })
  return { status, text }
}

test('every code ends in its sentence, its fix and its status, without a stack', () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const { status, text } = tell(new GumshoeError(code, 'A sentence.'))
    assert.equal(text, `error[${code}]: A sentence.\nfix: ${ERRORS[code].fix}\n`)
    assert.equal(status, EXIT[ERRORS[code].exit])
  }
})

test('what the operating system says becomes our code; what nobody foresaw is a defect and says so', () => {
  const system = (code: string) => Object.assign(new Error('x'), { code, path: '/var/x' })
  assert.match(tell(system('EACCES')).text, /^error\[permission\].*\/var\/x/)
  assert.match(tell(system('ENOSPC')).text, /^error\[disk-full\].*\/var\/x/)
  assert.match(tell(system('ENOENT')).text, /^error\[not-found\].*\/var\/x/)
  assert.match(tell(system('ENOTDIR')).text, /^error\[not-found\].*\/var\/x.*\nfix: Check the path/)
  assert.match(tell(system('EISDIR')).text, /^error\[usage\].*\/var\/x is a directory/)
  assert.match(tell(system('EROFS')).text, /^error\[permission\].*\/var\/x/)
  assert.equal(tell(system('ENOSPC')).status, EXIT.resource)
  assert.equal(tell(system('EROFS')).status, EXIT.resource)
  const below = Object.assign(new Error('x'), { code: 'ENOENT', path: '/no-such-directory/x' })
  assert.match(tell(below).text, /^error\[not-found\]: There is no directory \/no-such-directory\.$/m)
  const { status, text } = tell(new TypeError('x is undefined\n    at secret place'))
  assert.equal(status, EXIT.internal)
  assert.match(text, /^error\[internal\]: Gumshoe failed: x is undefined\.\nfix: .*GUMSHOE_DEBUG=1/)
  assert.doesNotMatch(text, / {4}at /)
})

test('the stack and its cause are there under GUMSHOE_DEBUG', () => {
  process.env['GUMSHOE_DEBUG'] = '1'
  const { text } = tell(new GumshoeError('internal', 'A.', { cause: new Error('deep') }))
  delete process.env['GUMSHOE_DEBUG']
  assert.match(text, / {4}at /)
  assert.match(text, /cause: Error: deep/)
})

test('a message from elsewhere does nothing to a terminal, a reader that has gone is no error', () => {
  assert.match(tell(new GumshoeError('policy', '\x1b[2Jx')).text, /^error\[policy\]: \\x1b\[2Jx/)
  assert.deepEqual(tell(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })), { status: 0, text: '' })
})
