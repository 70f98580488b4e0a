import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goModeText, modeText } from '../../../../../src/modules/lib/host/mode.ts'

test('modes as ls and as Go write them', () => {
  for (const [mode, ls, go] of [
    [0o644, '-rw-r--r--', '-rw-r--r--'],
    [0o000, '----------', '----------'],
    [0o4755, '-rwsr-xr-x', 'urwxr-xr-x'],
    [0o4644, '-rwSr--r--', 'urw-r--r--'],
    [0o2755, '-rwxr-sr-x', 'grwxr-xr-x'],
    [0o2745, '-rwxr-Sr-x', 'grwxr--r-x'],
    [0o1777, '-rwxrwxrwt', 'trwxrwxrwx'],
    [0o1666, '-rw-rw-rwT', 'trw-rw-rw-'],
    [0o7777, '-rwsrwsrwt', 'ugtrwxrwxrwx']
  ] as const) {
    assert.equal(modeText(mode), ls)
    assert.equal(goModeText(mode | 0o100000), go)
  }
})
