import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { AtRest } from '../../agent/at-rest.ts'
import { StandingState } from '../../agent/standing-state.ts'
import { utf8Bytes } from '../../src/codec.ts'
import { LIMITS } from '../../src/limits.ts'
import { OPENINGS_KEY, TestMemory } from '../support/agent-parts.ts'

const SECRET = '/etc/very-secret-name'
const [key, other] = [utf8Bytes(SECRET), utf8Bytes('/etc/other')]

test('what is remembered comes back as it was last, of its own operation, and does not lie on the disk in clear', async t => {
  const host = await TestMemory.open(t)
  const { state } = host.memory
  const kept = await state.open('a', 'o1')
  assert.deepEqual(kept.remembered, [])
  await host.database.write(
    kept.writes([
      [key, utf8Bytes('1')],
      [other, utf8Bytes('1')]
    ]),
    { sync: true }
  )
  await host.database.write(kept.writes([[key, utf8Bytes('2')], [other]]), { sync: true })
  const stranger = await state.open('a', 'o10')
  await host.database.write(stranger.writes([[other, utf8Bytes('3')]]), { sync: true })
  await host.restart()
  assert.deepEqual((await host.memory.state.open('a', 'o1')).remembered, [[key, utf8Bytes('2')]])
  const files = readdirSync(host.directory).map(name => readFileSync(join(host.directory, name), 'latin1'))
  assert.ok(!files.some(text => text.includes('secret-name')))
  await host.database.write(await host.memory.state.forget('a', 'o1'), { sync: true })
  assert.deepEqual((await host.memory.state.open('a', 'o1')).remembered, [])
  assert.equal((await host.memory.state.open('a', 'o10')).remembered.length, 1)
})

test('what another home has remembered, or is damaged, is never taken for nothing', async t => {
  const host = await TestMemory.open(t)
  const kept = await host.memory.state.open('a', 'o1')
  await host.database.write(kept.writes([[key, utf8Bytes('1')]]), { sync: true })
  const foreign = new StandingState(host.database, new AtRest(OPENINGS_KEY.map(byte => byte + 1)))
  await assert.rejects(foreign.open('a', 'o1'), { code: 'store-damaged' })
})

test('a module that has more remembered than it may is ended', async t => {
  const host = await TestMemory.open(t)
  const kept = await host.memory.state.open('a', 'o1')
  const many = Array.from({ length: LIMITS.standingEntries }, (_, i) => [utf8Bytes(`/${i}`), key] as const)
  assert.equal(kept.writes(many).length, LIMITS.standingEntries)
  assert.equal(kept.writes(many).length, LIMITS.standingEntries, 'the same again takes no more room')
  assert.throws(() => kept.writes([[utf8Bytes('/more'), key]]), { code: 'module-failed' })
  const large = new Uint8Array(4_096)
  const fat = await host.memory.state.open('b', 'o1')
  const bytes = Array.from({ length: 5_000 }, (_, i) => [utf8Bytes(`/${i}`), large] as const)
  assert.throws(() => fat.writes(bytes), { code: 'module-failed' })
})
