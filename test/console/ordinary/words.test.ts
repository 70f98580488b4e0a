import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { KINDS } from '../../../console/ordinary/kinds.ts'
import { PACKED } from '../../../console/ordinary/packed.ts'
import { ordinaryWords } from '../../../console/ordinary/words.ts'
import { LIMITS } from '../../../src/limits.ts'
import { MODULES } from '../../../src/modules/index.ts'
import type { Column, ModuleSpec } from '../../../src/modules/spec.ts'
import { listedWords } from '../../pack-words.ts'

/** A console has them in each executable, and in its memory. */
const PACKED_BYTES = 350_000

test('what is packed is what the lists hold (node test/pack-words.ts --write), and small', () => {
  const listed = listedWords()
  for (const kind of KINDS) {
    const words = brotliDecompressSync(Buffer.from(PACKED[kind], 'base64')).toString().split('\n')
    assert.deepEqual(words, listed[kind], kind)
    assert.ok(words.every(word => word !== '' && Buffer.byteLength(word) <= LIMITS.knownWordBytes))
  }
  assert.ok(Object.values(PACKED).join('').length < PACKED_BYTES)
})

const wordsIn = (module: string, name: string, type: Column['type']): ReadonlySet<string> =>
  new Set(
    ordinaryWords(module, name, { type, secrecy: 'private', doc: '' }).map(word =>
      Buffer.from(word).toString()
    )
  )

test('a column gets words of its own kind: what is ordinary elsewhere stays dark there', () => {
  const names = wordsIn('package', 'name', 'bytes')
  for (const one of ['openssl', 'openssh-server', 'glibc', 'musl', 'pacman']) assert.ok(names.has(one), one)
  assert.ok(!names.has('ssh.service') && !names.has('passwd-'))
  const processes = wordsIn('process', 'name', 'bytes')
  for (const one of [
    'sshd',
    'systemd-journal',
    'ksoftirqd/3',
    'kworker/0:1-events',
    'kworker/u8:7',
    'rcu_preempt'
  ])
    assert.ok(processes.has(one), one)
  const paths = wordsIn('file', 'path', 'path')
  for (const one of ['etc', 'sshd_config', 'ssh.service', 'nginx', 'openssl', 'www-data', 'mod_ssl.so'])
    assert.ok(paths.has(one), one)
  assert.ok(!paths.has('odd.so'))
  assert.ok(wordsIn('file', 'owner', 'text').has('_chrony'))
  assert.equal(wordsIn('file', 'sha256', 'text').size, 0)
})

test('no column has more than a console would try', () => {
  for (const { name: module, columns } of MODULES as readonly ModuleSpec[])
    for (const [name, column] of Object.entries(columns))
      assert.ok(ordinaryWords(module, name, column).length < LIMITS.knownWords, `${module} ${name}`)
})
