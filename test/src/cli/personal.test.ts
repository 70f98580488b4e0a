import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { inject, SEA_NOTE } from '../../../agent/build/inject.ts'
import { imageEnd, segmentsOf } from '../../../src/cli/elf.ts'
import {
  enrolmentIn,
  impersonal,
  personalise,
  readAgent,
  writeExecutable
} from '../../../src/cli/personal.ts'
import { LIMITS } from '../../../src/limits.ts'
import { smallElf } from '../../support/small-elf.ts'

const directory = mkdtempSync(join(tmpdir(), 'gumshoe-personal-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const agent = Buffer.from(
  inject(smallElf(), [
    { name: 'gumshoe', bytes: Buffer.from('gumshoe-agent-linux-x64 0.1.0\0') },
    { name: SEA_NOTE, bytes: Buffer.from('application') }
  ])
)
const enrolment = Buffer.from('an enrolment of some length')

let files = 0
const keep = (bytes: Uint8Array): string => {
  const path = join(directory, `file-${files++}`)
  writeFileSync(path, bytes)
  return path
}

test('an enrolment is read back, replaced, and taken off again', () => {
  const first = personalise(agent, Buffer.from('another'))
  const second = keep(personalise(first, enrolment))
  assert.deepEqual(Buffer.from(enrolmentIn(second)!), enrolment)
  assert.ok(agent.equals(impersonal(second)))
  assert.equal(enrolmentIn(keep(agent)), undefined)
})

test('every byte behind the image that is changed, missing or too many is noticed', () => {
  const whole = Buffer.from(personalise(agent, enrolment))
  const end = imageEnd(segmentsOf(whole))
  const path = keep(whole)
  const damaged = (bytes: Uint8Array, what: string) => {
    writeFileSync(path, bytes)
    assert.throws(() => enrolmentIn(path), { code: 'damaged-executable' }, what)
  }
  for (let at = end; at < whole.length; at++) {
    const changed = Buffer.from(whole)
    changed[at]! ^= 0x20
    damaged(changed, `byte ${at}`)
    if (at > end) damaged(whole.subarray(0, at), `cut at ${at}`)
  }
  damaged(whole.subarray(0, end - 1), 'cut in the image')
  damaged(Buffer.concat([whole, Buffer.from([10])]), 'one more')
  damaged(Buffer.concat([agent, Buffer.from('0')]), 'no enrolment at all')
})

test('only the executable of the agent is personalised', () => {
  assert.deepEqual(readAgent(keep(agent)), agent)
  assert.throws(() => readAgent(keep(Buffer.from('#!/bin/sh\nexec true\n'))), { code: 'malformed' })
  assert.throws(() => readAgent(keep(smallElf())), { code: 'usage' })
  const console_ = inject(smallElf(), [{ name: 'gumshoe', bytes: Buffer.from('gumshoe-linux-x64 0.1.0\0') }])
  assert.throws(() => readAgent(keep(console_)), { code: 'usage' })
  assert.throws(() => readAgent(keep(agent.subarray(0, -1))), { code: 'damaged-executable' })
})

test('an executable with a secret is for its owner alone, and nothing half-written stays', () => {
  const path = join(directory, 'out')
  writeExecutable(path, agent, 0o700)
  assert.equal(statSync(path).mode & 0o777, 0o700)
  assert.throws(() => writeExecutable(join(directory, 'absent/out'), agent, 0o700), { code: 'ENOENT' })
  assert.deepEqual(
    readdirSync(directory).filter(name => name.includes('tmp')),
    []
  )
})

test('the download is unpacked; what unpacks to something else, or not at all, is refused', () => {
  assert.ok(agent.equals(readAgent(keep(zstdCompressSync(agent)))))
  assert.throws(() => readAgent(keep(zstdCompressSync(Buffer.from('a text')))), { code: 'malformed' })
  const packed = zstdCompressSync(agent)
  for (const broken of [packed.subarray(0, packed.length - 1), packed.subarray(0, 4)])
    assert.throws(() => readAgent(keep(broken)), { code: 'damaged-executable' })
  const bomb = zstdCompressSync(Buffer.alloc(LIMITS.executableBytes + 1))
  assert.throws(() => readAgent(keep(bomb)), { code: 'damaged-executable' })
})
