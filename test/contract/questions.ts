import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Host } from '../../src/modules/spec.ts'
import { aboutAgent } from '../support/about-agent.ts'
import { fakeNet } from '../support/fake-machines.ts'
import { fakeProcess, memoryFiles, statText } from '../support/fake-proc.ts'
import { dpkgRecord } from '../support/package-files.ts'

/** For each module, what the contract suite asks it, and hosts on which there is something to find. */
export interface Question {
  /** Flags with which it finds everything that is planted, and nothing on an empty host. */
  readonly flags: Record<string, unknown>
  /** Files that even an empty host has. */
  readonly empty?: Record<string, string>
  /** Files of a host on which it finds as many things; absent where it reads none. */
  plant?(things: number): Record<string, string | Uint8Array>
  /** What a host on which it finds as many things hands to it. */
  handed?(things: number): Partial<Host>
  /** Plants one thing more, whose name is anything but text; returns bytes that its row must hold. Every module that reads files has it. */
  hostile?(root: string): Uint8Array
  /** A path that is closed on a host with one thing: the thing is found all the same, and one more thing is unreadable. */
  readonly closed?: { readonly path: string; readonly files: Record<string, string | Uint8Array> }
  /** It never has more rows than so many. */
  readonly most?: number
  /** Without any flags it asks something sensible; otherwise they are refused. */
  readonly bare?: true
}

/** Bytes that clear a screen, and are no UTF-8. */
const HOSTILE = Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0xff])

const CLOCKS = { ntp1: ['10.0.0.1'], ntp2: ['10.0.0.2'], ntp3: ['10.0.0.3'], ntp4: ['10.0.0.4'] }

const user = (name: string, uid: number): string => `${name}:x:${uid}:100::/home/${name}:/bin/sh\n`

const LINE = 'Nov 24 09:12:04 host app[1]: a needle\n'

/** As the kernel writes it (proc_pid_net(5)). */
const trafficLine = (name: string): string => `  ${name}: 7 1 0 0 0 0 0 0 8 1 0 0 0 0 0 0\n`

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f a comment\n'

/** A package whose name is anything but text. */
const plantOdd = (root: string): void => {
  const record = Buffer.from(dpkgRecord('@', '1.0'), 'latin1')
  const at = record.indexOf('@')
  writeFileSync(
    `${root}/var/lib/dpkg/status`,
    Buffer.concat([record.subarray(0, at), HOSTILE, record.subarray(at + 1)])
  )
}

const policyOf = (source: Record<string, string>): string =>
  JSON.stringify({ objects: [{ object: 'o', package: source }], tests: [{ test: 't', object: 'o' }] })

/** What package and policy are asked about: the packages of a host. */
const PACKAGES: Omit<Question, 'flags'> = {
  plant: things => ({
    'var/lib/dpkg/status': Array.from({ length: things }, (_, i) => dpkgRecord(`p${i}`, '1.0')).join('')
  }),
  hostile: root => {
    plantOdd(root)
    return HOSTILE
  },
  closed: {
    path: 'lib/apk/db/installed',
    files: { 'var/lib/dpkg/status': dpkgRecord('a', '1'), 'lib/apk/db/installed': 'P:b\nV:1\n' }
  }
}

/** Processes whose memory holds something. */
const MEMORIES: Omit<Question, 'flags'> = {
  empty: { 'proc/uptime': '' },
  plant: things =>
    Object.assign(
      {},
      ...Array.from({ length: things }, (_, i) => memoryFiles(i + 1, 'a', 'a needle'))
    ) as Record<string, Uint8Array>,
  hostile: root => {
    const name = Buffer.concat([Buffer.from('a) '), HOSTILE, Buffer.from('\n')])
    fakeProcess(join(root, 'proc'), 1, { name })
    for (const [path, bytes] of Object.entries(memoryFiles(1, name, 'needle')))
      writeFileSync(join(root, path), bytes)
    return name
  },
  closed: {
    path: 'proc/2/mem',
    files: { ...memoryFiles(1, 'a', 'needle'), ...memoryFiles(2, 'b', 'needle') }
  }
}

const NEEDLE_RULE = 'rule needle { strings: $a = "needle" condition: $a }'

export const QUESTIONS: Record<string, Question> = {
  file: {
    flags: { path: ['/'] },
    plant: things => Object.fromEntries(Array.from({ length: things }, (_, i) => [`d/f${i}`, 'x'])),
    hostile: root => {
      const name = Buffer.concat([HOSTILE, Buffer.from('\n')])
      writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), '')
      return name
    },
    closed: { path: 'closed', files: { open: '', 'closed/inside': '' } }
  },
  fswatch: {
    flags: { recursive: ['/'] },
    plant: things => Object.fromEntries(Array.from({ length: things }, (_, i) => [`d/f${i}`, 'x'])),
    hostile: root => {
      const name = Buffer.concat([HOSTILE, Buffer.from('\n')])
      writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), '')
      return name
    },
    closed: { path: 'closed', files: { open: '', 'closed/inside': '' } }
  },
  account: {
    flags: { kind: ['user'] },
    bare: true,
    plant: things => ({
      'etc/passwd': Array.from({ length: things }, (_, i) => user(`u${i}`, 1_000 + i)).join('')
    }),
    hostile: root => {
      const line = Buffer.from(user('@', 7), 'latin1')
      const at = line.indexOf('@')
      writeFileSync(
        `${root}/etc/passwd`,
        Buffer.concat([line.subarray(0, at), HOSTILE, line.subarray(at + 1)])
      )
      return HOSTILE
    },
    closed: { path: 'etc/shadow', files: { 'etc/passwd': user('a', 1), 'etc/shadow': 'a:!:1::::::\n' } }
  },
  agentinfo: {
    flags: { kind: 'module', state: ['on'] },
    bare: true,
    handed: things => ({
      agent: aboutAgent({
        modules: Array.from({ length: things }, (_, i) => ({ module: `m${i}/1`, state: 'on' }))
      })
    })
  },
  container: {
    flags: { kind: ['container'] },
    bare: true,
    plant: things =>
      Object.fromEntries(
        Array.from({ length: things }, (_, i) => [`var/lib/lxc/c${i}/config`, 'lxc.cap.drop = sys_admin\n'])
      ),
    hostile: root => {
      const above = Buffer.concat([Buffer.from(`${root}/var/lib/lxc/`), HOSTILE])
      mkdirSync(above, { recursive: true })
      writeFileSync(Buffer.concat([above, Buffer.from('/config')]), '')
      return HOSTILE
    },
    closed: {
      path: 'var/lib/docker/containers/b',
      files: {
        'var/lib/docker/containers/a/config.v2.json': '{}',
        'var/lib/docker/containers/a/hostconfig.json': '{}',
        'var/lib/docker/containers/b/config.v2.json': '{}'
      }
    }
  },
  netstat: {
    flags: { kind: ['interface'] },
    empty: { 'proc/1/net/dev': 'Inter-|   Receive\n' },
    plant: things => ({
      'proc/1/net/dev': Array.from({ length: things }, (_, i) => trafficLine(`eth${i}`)).join('')
    }),
    hostile: root => {
      writeFileSync(
        join(root, 'proc/1/net/dev'),
        Buffer.from(trafficLine(HOSTILE.toString('latin1')), 'latin1')
      )
      return HOSTILE
    },
    closed: {
      path: 'sys/class/net/eth0/address',
      files: { 'proc/1/net/dev': trafficLine('eth0'), 'sys/class/net/eth0/address': '02:00:00:00:00:01\n' }
    }
  },
  persistence: {
    flags: { kind: ['cron'] },
    bare: true,
    plant: things => ({
      'etc/crontab': Array.from({ length: things }, (_, i) => `${i} * * * * root /bin/c${i}\n`).join('')
    }),
    hostile: root => {
      writeFileSync(
        `${root}/etc/crontab`,
        Buffer.concat([Buffer.from('@reboot root '), HOSTILE, Buffer.from('\n')])
      )
      return HOSTILE
    },
    closed: {
      path: 'etc/cron.d',
      files: { 'etc/crontab': '@reboot root a\n', 'etc/cron.d/b': '@reboot root b\n' }
    }
  },
  package: {
    flags: { name: ['.'] },
    bare: true,
    ...PACKAGES
  },
  policy: {
    flags: { document: policyOf({ name: 'any', collectmatch: '.' }) },
    ...PACKAGES
  },
  memory: { flags: { text: ['needle'] }, ...MEMORIES },
  log: {
    flags: { pattern: ['needle'] },
    bare: true,
    plant: things =>
      Object.fromEntries(Array.from({ length: things }, (_, i) => [`var/log/f${i}.log`, LINE])),
    hostile: root => {
      const path = Buffer.concat([Buffer.from(`${root}/var/log/`), HOSTILE, Buffer.from('.log')])
      mkdirSync(join(root, 'var/log'), { recursive: true })
      writeFileSync(path, LINE)
      return HOSTILE
    },
    closed: {
      path: 'var/log/auth.log',
      files: { 'var/log/syslog': LINE, 'var/log/auth.log': LINE }
    }
  },
  ping: {
    flags: { destination: '127.0.0.1', port: 80, spread: 0 },
    most: 1,
    handed: things => ({ net: fakeNet({ open: things > 0 ? 10 : 0 }) })
  },
  process: {
    flags: { name: ['^a'] },
    empty: { 'proc/uptime': '' },
    plant: things =>
      Object.fromEntries(
        Array.from({ length: things }, (_, i) => [`proc/${i + 1}/stat`, statText(i + 1, 'a')])
      ),
    hostile: root => {
      const name = Buffer.concat([Buffer.from('a) '), HOSTILE, Buffer.from('\n')])
      fakeProcess(join(root, 'proc'), 1, { name })
      return name
    },
    closed: {
      path: 'proc/2',
      files: { 'proc/1/stat': String(statText(1, 'a')), 'proc/2/stat': String(statText(2, 'a')) }
    }
  },
  sshkey: {
    flags: { path: ['/'] },
    bare: true,
    plant: things => Object.fromEntries(Array.from({ length: things }, (_, i) => [`d/f${i}.pub`, KEY])),
    hostile: root => {
      writeFileSync(Buffer.concat([Buffer.from(`${root}/`), HOSTILE]), KEY)
      return HOSTILE
    },
    closed: { path: 'closed', files: { open: KEY, 'closed/inside': KEY } }
  },
  yara: {
    flags: { rule: [NEEDLE_RULE], path: ['/'] },
    plant: things => Object.fromEntries(Array.from({ length: things }, (_, i) => [`d/f${i}`, 'a needle'])),
    hostile: root => {
      writeFileSync(Buffer.concat([Buffer.from(`${root}/`), HOSTILE]), 'a needle')
      return HOSTILE
    },
    closed: { path: 'closed', files: { open: 'a needle', 'closed/inside': 'a needle' } }
  },
  yaramem: { flags: { rule: [NEEDLE_RULE] }, ...MEMORIES },
  timedrift: {
    flags: { server: Object.keys(CLOCKS), drift: '1s' },
    bare: true,
    most: 4,
    handed: things => ({ net: fakeNet({ ahead: things > 0 ? 5_000 : 0, addresses: CLOCKS }) })
  }
}
