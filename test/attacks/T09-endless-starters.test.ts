import assert from 'node:assert/strict'
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { persistence } from '../../src/modules/persistence.ts'
import { plant } from '../support/ask-file.ts'
import { askModule, column } from '../support/ask-module.ts'

/**
 * T9. A user of a host makes what starts by itself endless: units by the ten thousand, lines without an end, files that
 * include themselves, links in circles and out of the tree, names that are no text. He wants the agent to hang, to read what
 * is none of its business, or to miss one entry. Expected: the one is found, and what was not seen is told.
 */

const MANY = 20_000
const MiB = 1 << 20

test('units by the ten thousand hide none, and end with the row limit', { timeout: 240_000 }, async t => {
  const root = plant(t, { 'etc/systemd/system/needle.service': '[Service]\nExecStart=/tmp/needle\n' })
  const units = join(root, 'etc/systemd/system')
  mkdirSync(join(units, 'multi-user.target.wants'))
  symlinkSync('../needle.service', join(units, 'multi-user.target.wants/needle.service'))
  for (let i = 0; i < MANY; i++) {
    // A file system allows some ten thousand names of one file.
    const one = join(root, `one${Math.floor(i / 10_000)}`)
    if (i % 10_000 === 0)
      writeFileSync(one, `[Unit]\nWants=u${i + 1}.service a-b-c-d.service\n[Service]\nExecStart=/bin/u\n`)
    linkSync(one, join(units, `u${i}.service`))
  }
  const { rows, outcome } = await askModule(persistence, root, { kind: ['service'], enabled: true })
  assert.deepEqual([column(rows, 'runs'), outcome.coverage.seen], [['/tmp/needle'], MANY + 1])
  const few = await askModule(persistence, root, { kind: ['service'] }, { limits: { rows: 10 } })
  assert.deepEqual([few.rows.length, few.outcome.limit], [10, 'limit-rows'])
})

test('lines of a megabyte, continued lines without end, quotes without end', {
  timeout: 120_000
}, async t => {
  const long = 'a'.repeat(MiB)
  const root = plant(t, {
    'etc/crontab': `* * * * * root ${long} \n* * * * * root ${'\t'.repeat(MiB / 2)}x\n@reboot root /needle\n`,
    'etc/cron.d/all-at': '@'.repeat(MiB),
    'etc/systemd/system/a.service': `[Service]\nExecStart=/needle ${'\\\n'.repeat(MiB / 2)}`,
    'etc/systemd/system/b.service': `[Service]\n${'ExecStart=/b\n'.repeat(50_000)}Wants=${'c.service '.repeat(50_000)}\n`,
    'etc/systemd/system/c.service': '.include /etc/systemd/system/c.service\n[Service]\nExecStart=/c\n',
    'etc/udev/rules.d/a.rules': `${'RUN+="'.repeat(100_000)}\n${'\\"'.repeat(MiB / 4)}\n${`RUN+="x", `.repeat(1_000)}\n`,
    'etc/apt/apt.conf.d/a': `Post-Invoke {${'"\\'.repeat(MiB / 4)}\n`,
    'etc/ld.so.preload': `${'/l.so:'.repeat(20_000)}\n`,
    'etc/pam.d/a': `auth [${'['.repeat(MiB / 2)}\nauth required pam_needle.so\n`,
    'etc/inittab': ':'.repeat(MiB),
    'etc/profile': `needle${'\n'.repeat(MiB)}\0`,
    'etc/bashrc': 'b'.repeat(3 * MiB)
  })
  const { rows, outcome } = await askModule(persistence, root, { runs: ['needle'] })
  assert.deepEqual(column(rows, 'path').sort(), [
    '/etc/crontab',
    '/etc/pam.d/a',
    '/etc/profile',
    '/etc/systemd/system/a.service'
  ])
  assert.ok(rows.every(({ runs }) => runs === undefined || (runs as Uint8Array).length <= 4_096))
  assert.ok(outcome.errors['include'] === 1 && outcome.errors['too-large'] === 3, JSON.stringify(outcome))
})

test('files of the loader that include each other, and themselves, and whatever there is', async t => {
  const files = Object.fromEntries(
    Array.from({ length: 400 }, (_, i) => [
      `etc/l/${i}.conf`,
      `include /etc/l/*.conf\ninclude ${i + 1}.conf\n/lib${i}\n`
    ])
  )
  const root = plant(t, {
    ...files,
    'etc/ld.so.conf': 'include ld.so.conf\ninclude /etc/l/*\ninclude [z-a]*{\n/needle\n'
  })
  const { rows, outcome } = await askModule(persistence, root, { kind: ['loader'], runs: ['needle|lib7$'] })
  assert.ok(column(rows, 'runs').includes('/needle'))
  assert.ok(outcome.errors['too-deep']! >= 1 && outcome.coverage.skipped >= 1)
})

test('links lead nowhere outside, in no circle, and what is no file is not opened', async t => {
  const outside = plant(t, {
    'secret.service': '[Service]\nExecStart=/secret\n',
    job: '@reboot root /secret\n'
  })
  const root = plant(t, {
    'etc/passwd': 'a:x:1:1::/home/a:/bin/sh\n',
    'etc/cron.d/good': '@reboot root /good\n'
  })
  mkdirSync(join(root, 'etc/systemd/system'), { recursive: true })
  mkdirSync(join(root, 'etc/cron.d/directory'))
  mkdirSync(join(root, 'home'))
  symlinkSync(join(outside, 'secret.service'), join(root, 'etc/systemd/system/a.service'))
  symlinkSync(`../../../../../../..${outside}/job`, join(root, 'etc/cron.d/job'))
  symlinkSync(outside, join(root, 'etc/systemd/user'))
  symlinkSync(outside, join(root, 'home/a'))
  symlinkSync('loop', join(root, 'etc/cron.d/loop'))
  symlinkSync('.', join(root, 'etc/systemd/system/system.wants'))
  symlinkSync('/etc/systemd/system', join(root, 'etc/systemd/system.control'))
  const { rows, outcome } = await askModule(persistence, root, {})
  assert.deepEqual(column(rows, 'runs'), ['/good'])
  assert.deepEqual([outcome.coverage.unreadable, outcome.errors['unreadable']], [1, 1], 'the loop is told')
})

test('names of any bytes are bytes, and match as they are', async t => {
  const root = plant(t)
  const name = Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0xff, 0x0a])
  mkdirSync(join(root, 'etc/systemd/system'), { recursive: true })
  const unit = Buffer.concat([Buffer.from(join(root, 'etc/systemd/system/')), name, Buffer.from('.service')])
  writeFileSync(unit, Buffer.concat([Buffer.from('[Service]\nExecStart='), name]))
  const { rows } = await askModule(persistence, root, { path: ['\\x1b'] })
  assert.equal(rows.length, 1)
  assert.ok(Buffer.from(rows[0]!['path'] as Uint8Array).includes(name))
})
