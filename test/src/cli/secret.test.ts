import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readSecret } from '../../../src/cli/secret.ts'

test('a passphrase is the first line of the descriptor, with its spaces', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-secret-'))
  const file = join(directory, 'secret')
  writeFileSync(file, ' correct horse \r\nsecond line\n')
  const fd = openSync(file, 'r')
  try {
    assert.equal(await readSecret('', { passphraseFd: fd }), ' correct horse ')
  } finally {
    closeSync(fd)
    rmSync(directory, { recursive: true })
  }
})

test('a descriptor that is none is said by its number, with the way to give one', async () => {
  await assert.rejects(readSecret('', { passphraseFd: 987 }), {
    code: 'bad-passphrase',
    message: /descriptor 987/,
    fix: /--passphrase-fd 3 3< FILE/
  })
})
