import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from '../../../src/cli/nearest.ts'

test('the name that was probably meant, or none', () => {
  const names = ['path', 'passphrase-fd', 'name', 'show', 'file', 'follow']
  assert.equal(nearest('pth', names), 'path')
  assert.equal(nearest('nmae', names), 'name')
  assert.equal(nearest('fil', names), 'file')
  assert.equal(nearest('passphrase', names), 'passphrase-fd')
  assert.equal(nearest('zzz', names), undefined)
  assert.equal(nearest('x', names), undefined)
})
