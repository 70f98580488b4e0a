import { createHash } from 'node:crypto'
import { chmodSync, readFileSync, symlinkSync, truncateSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../src/clock.ts'

/** The actions that MIG was published with, each with hosts to ask, and what MIG's own semantics say that is found there. */

const EVIL = 'evil\n'
const hash = (algorithm: string): string => createHash(algorithm).update(EVIL).digest('hex')

/** The text of an action, with one of its hashes made that of a file which can be planted. */
export const migAction = (name: string, swap?: readonly [was: string, is: string]): string => {
  const text = readFileSync(new URL(`../vectors/mig/${name}.json`, import.meta.url), 'utf8')
  return swap === undefined ? text : text.replace(...swap)
}

export interface MigCase {
  readonly name: string
  readonly swap?: readonly [was: string, is: string]
  readonly files: Readonly<Record<string, string>>
  /** What text alone does not plant. */
  plant?(root: string): void
  /** `search path check`, written by hand from MIG's semantics; all else that is planted is no hit. */
  readonly hits: readonly string[]
  readonly warnings: number
}

const YEAR = 365 * 86_400

export const MIG_CASES: readonly MigCase[] = [
  {
    name: 'example_v2',
    swap: ['6a7f0de60c4f43522882f2fb8a69209a', hash('md5')],
    files: {
      'usr/bin/fusermount': EVIL,
      'usr/bin/fusermount.old': EVIL,
      'usr/bin/other': EVIL,
      'usr/sbin/fusermount': 'good',
      'usr/lib/deep/fusermount': EVIL,
      'etc/yum.conf': 'a\ngpgcheck=1\n',
      'etc/yum_conf': 'gpgcheck=10',
      'etc/yum/yum.conf': 'gpgcheck=1\n',
      'home/ulfr/Concertation': '',
      'home/ulfr/notes': 'of RedHat\n',
      'home/ulfr/cariboumaurice12345': 'RedHat',
      'home/ulfr/sub/Concertation': 'RedHat',
      'home/ulfr/.ssh/known_hosts': 'x',
      'home/ulfr/a/b/known_hosts': 'x',
      'home/ulfr/d/exact': '',
      'home/ulfr/d/old': '',
      'home/ulfr/d/small': '',
      'home/ulfr/somefile': 'x',
      'home/ulfr/somefile2': 'x',
      nofilenamenotfound: 'x'
    },
    plant: root => {
      truncateSync(join(root, 'home/ulfr/d/exact'), 1 << 30)
      truncateSync(join(root, 'home/ulfr/d/old'), (1 << 30) + 1)
      truncateSync(join(root, 'home/ulfr/d/small'), (1 << 30) - 1)
      const before = systemClock.now() / 1_000 - YEAR
      utimesSync(join(root, 'home/ulfr/d/old'), before, before)
      chmodSync(join(root, 'home/ulfr/somefile'), 0o3755)
      chmodSync(join(root, 'home/ulfr/somefile2'), 0o2755)
    },
    hits: [
      's1 /usr/bin/fusermount',
      's1 /usr/bin/fusermount.old',
      's2 /etc/yum.conf',
      // Its name holds too (the dot is any character), and so does the line.
      's2 /etc/yum_conf',
      's3 /home/ulfr/Concertation name=Concertation',
      's3 /home/ulfr/notes content=RedHat',
      's3 /home/ulfr/cariboumaurice12345 name=cariboumaurice12345',
      's3 /home/ulfr/cariboumaurice12345 content=RedHat',
      's5 /home/ulfr/.ssh/known_hosts name=known_hosts',
      's6 /home/ulfr/d/exact',
      's7 /home/ulfr/somefile'
    ],
    warnings: 1
  },
  {
    name: 'glibc_ubuntu_cve-2015-0235',
    files: { 'var/lib/dpkg/status': 'Package: libc6\nVersion: 2.15-0ubuntu10.10\n' },
    hits: ['check_patched_glibc /var/lib/dpkg/status content=^Version: 2.15-0ubuntu10.10$'],
    warnings: 0
  },
  {
    name: 'glibc_ubuntu_cve-2015-0235',
    files: {
      'var/lib/dpkg/status': 'Version: 2.15-0ubuntu10.100\n',
      'var/lib/dpkg/x': 'Version: 2.15-0ubuntu10.10\n'
    },
    hits: [],
    warnings: 0
  },
  {
    name: 'integration_tests',
    files: {
      'home/a/.ssh/authorized_keys': 'ssh-rsa AAAA\n',
      'home/a/other': 'should not match\n',
      'etc/yum.repos.d/base.repo': '[base]\ngpgcheck=1\n',
      'etc/yum.repos.d/ten.repo': 'gpgcheck=10\n',
      'etc/yum.repos.d/.repo': 'gpgcheck=1\n',
      'etc/passwd': 'root:x:0\njvehent:x:1000\n',
      'etc/shadow': 'root:*\n',
      'etc/shadow-': 'root:*\n',
      'etc/a/shadow': 'user:root:\n',
      'etc/a/b/c/shadow': 'root:*\n',
      'etc/a/b/c/d/shadow': 'root:*\n'
    },
    hits: [
      'yumshouldmatch /etc/yum.repos.d/base.repo',
      'etcshouldmatch /etc/passwd',
      'shadowmatch /etc/shadow',
      'shadowmatch /etc/a/b/c/shadow'
    ],
    warnings: 0
  },
  {
    name: 'linux-backdoor',
    swap: ['7c9816b5f1b840eb8c5ecfc0fed29972877ca5bd909469d03f26d3b8f837043d', hash('sha256')],
    files: {
      'usr/bin/evil': EVIL,
      'usr/bin/good': 'good',
      'usr/lib/evil': EVIL,
      'usr/binary/evil': EVIL,
      'opt/a/b/evil': EVIL,
      'tmp/evil': EVIL,
      'etc/evil': EVIL
    },
    plant: root => {
      symlinkSync('../lib/evil', join(root, 'usr/bin/link'))
      symlinkSync('../lib', join(root, 'usr/bin/directory'))
    },
    // Literally MIG would find none of them: every path ends in a star, which is a name to it.
    hits: ['/usr/bin/evil', '/usr/bin/link', '/opt/a/b/evil', '/tmp/evil'].map(
      path => `backdoors ${path} sha2=${hash('sha256')}`
    ),
    warnings: 6
  },
  {
    name: 'linux-compromised-shells',
    swap: ['888c10531250a66365b010d22fe7eefe', hash('md5')],
    files: {
      'usr/bin/bash': EVIL,
      'usr/local/a/b/c': EVIL,
      'bin/sh': EVIL,
      'sbin/sh': 'good',
      'etc/sh': EVIL
    },
    hits: ['/usr/bin/bash', '/usr/local/a/b/c', '/bin/sh'].map(
      path => `compromisedshell ${path} md5=${hash('md5')}`
    ),
    warnings: 0
  },
  {
    name: 'shellshock_iocs',
    swap: ['2d3e0be24ef668b85ed48e81ebb50dce50612fb8dce96879f80306701bc41614', hash('sha256')],
    files: {
      'tmp/legend.txt': 'x',
      'usr/bin/legendXtxt': 'x',
      'var/tmp/page': 'http://legend.rocks/\n',
      'usr/sbin/busy': "/bin/busybox;echo -e '\\147\\141\\171\\146\\147\\164'\n",
      'sbin/y': EVIL,
      'bin/near': "/bin/busybox;echo -e '147141171146147164'\n",
      'etc/legend.txt': EVIL,
      'tmp/legend': 'legend'
    },
    hits: [
      'iocs /tmp/legend.txt name=legend.txt',
      'iocs /usr/bin/legendXtxt name=legend.txt',
      'iocs /var/tmp/page content=legend.rocks',
      "iocs /usr/sbin/busy content=/bin/busybox;echo -e '\\\\147\\\\141\\\\171\\\\146\\\\147\\\\164'",
      `iocs /sbin/y sha2=${hash('sha256')}`
    ],
    warnings: 0
  },
  {
    name: 'sshd_backdoor',
    swap: ['ebfd9354ed83635ed38bd117b375903f9984a18780ef86dbf7a642fc6584271c', hash('sha256')],
    files: { 'usr/sbin/sshd': EVIL, 'usr/sbin/a/b': EVIL, 'usr/sbin/c': 'good', 'usr/bin/sshd': EVIL },
    hits: ['/usr/sbin/sshd', '/usr/sbin/a/b'].map(
      path => `lookforbackdooredsshdinentiresbindirectory ${path} sha2=${hash('sha256')}`
    ),
    warnings: 0
  },
  {
    name: 'tests_windows',
    swap: ['c6e35b4cdad5ee02f14215facc710c85', hash('md5')],
    files: {
      'C:/Windows/System32/drivers/etc/hosts': '127.0.0.1 localhost\n',
      'C:/Windows/System32/deep/evil.exe': EVIL,
      'C:/Windows/evil.exe': EVIL
    },
    hits: [
      'etchosts /C:/Windows/System32/drivers/etc/hosts content=localhost',
      'etchosts /C:/Windows/System32/drivers/etc/hosts content=127.0.0.1',
      `systemsearch /C:/Windows/System32/deep/evil.exe md5=${hash('md5')}`
    ],
    warnings: 4
  }
]
