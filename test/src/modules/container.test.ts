import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { codeOf } from '../../../src/errors.ts'
import { container } from '../../../src/modules/container.ts'
import { plant } from '../../support/ask-file.ts'
import { askModule, column } from '../../support/ask-module.ts'
import { boltFile } from '../../support/bolt-file.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
const id = (letter: string): string => letter.repeat(64)
const json = (value: unknown): string => JSON.stringify(value)

const DOCKER = 'var/lib/docker'

const docker = (letter: string, config: object, host: object, above = DOCKER): Record<string, string> => ({
  [`${above}/containers/${id(letter)}/config.v2.json`]: json({ ID: id(letter), ...config }),
  [`${above}/containers/${id(letter)}/hostconfig.json`]: json(host)
})

const WEB = {
  Name: '/web',
  Image: `sha256:${id('1')}`,
  Created: '2026-11-24T01:00:00.123456789Z',
  Path: 'nginx',
  Args: ['-g', 'daemon off;'],
  Config: { Image: 'nginx:1.27', User: '101', Env: ['PATH=/bin', 'TOKEN=very-secret'] },
  MountPoints: { '/srv': { Source: '/data/web', Destination: '/srv', RW: false, Type: 'bind' } }
}

/** containers/storage as podman and CRI-O write it. */
const SPEC = {
  process: {
    args: ['/app', '--serve'],
    env: ['KEY=very-secret'],
    user: { uid: 0 },
    capabilities: { bounding: ['CAP_CHOWN', 'CAP_NET_ADMIN'] }
  },
  mounts: [
    { destination: '/proc', type: 'proc', source: 'proc' },
    { destination: '/sock', type: 'bind', source: '/run/docker.sock', options: ['rbind', 'rw'] }
  ],
  linux: {
    seccomp: { defaultAction: 'SCMP_ACT_ERRNO' },
    maskedPaths: ['/proc/kcore'],
    namespaces: [
      { type: 'pid' },
      { type: 'ipc' },
      { type: 'uts' },
      { type: 'mount' },
      { type: 'cgroup' },
      { type: 'network', path: '/proc/1/ns/net' }
    ]
  }
}

const storage = (above: string, letter: string, metadata: object, spec?: object): Record<string, string> => ({
  [`${above}/overlay-containers/containers.json`]: json([
    {
      id: id(letter),
      names: ['from-storage'],
      image: id('2'),
      metadata: json(metadata),
      created: '2026-11-01T00:00:00Z'
    }
  ]),
  [`${above}/overlay-images/images.json`]: json([
    {
      id: id('2'),
      digest: `sha256:${id('3')}`,
      names: ['quay.example/app:2'],
      'big-data-digests': {
        [`manifest-sha256:${id('3')}`]: `sha256:${id('3')}`,
        [`sha256:${id('2')}`]: `sha256:${id('2')}`
      }
    }
  ]),
  ...(spec && { [`${above}/overlay-containers/${id(letter)}/userdata/config.json`]: json(spec) })
})

/** protobuf's Any around a specification, as containerd keeps it. */
const any = (spec: object): Buffer => {
  const [type, text] = ['types.containerd.io/spec', json(spec)].map(part => Buffer.from(part))
  const length = Buffer.from([(text!.length & 0x7f) | 0x80, text!.length >> 7])
  return Buffer.concat([Buffer.from([0x0a, type!.length]), type!, Buffer.from([0x12]), length, text!])
}

/** 2026-11-01 as Go's time.MarshalBinary. */
const CREATED = (() => {
  const bytes = Buffer.alloc(15)
  bytes[0] = 1
  bytes.writeBigInt64BE(BigInt(Date.parse('2026-11-01T00:00:00Z') / 1_000) + 62_135_596_800n, 1)
  return bytes
})()

const META = boltFile({
  v1: {
    version: '6',
    'k8s.io': {
      images: { 'registry.example/job:3': { createdat: CREATED, target: { digest: `sha256:${id('4')}` } } },
      containers: {
        [id('k')]: {
          image: 'registry.example/job:3',
          createdat: CREATED,
          labels: {
            'io.kubernetes.container.name': 'job',
            'io.kubernetes.pod.name': 'job-xyz',
            'io.kubernetes.pod.namespace': 'prod'
          },
          spec: any({ ...SPEC, annotations: { pad: 'p'.repeat(300) } })
        }
      }
    },
    moby: { containers: { [id('a')]: { image: 'docker', spec: any(SPEC) } } }
  }
})

const FILES: Record<string, string | Uint8Array> = {
  'etc/passwd': 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n',
  ...docker('a', WEB, { NetworkMode: 'bridge', CapAdd: ['SYS_PTRACE'], CapDrop: ['NET_RAW'] }),
  ...docker(
    'b',
    { Name: '/root', Config: { Image: 'alpine' } },
    {
      Privileged: true,
      NetworkMode: 'host',
      PidMode: 'host',
      Binds: ['/:/host', '/etc:/e:ro,z'],
      SecurityOpt: ['label=disable']
    }
  ),
  ...docker(
    'c',
    { Name: '/mapped' },
    { CapDrop: ['ALL'], CapAdd: ['CAP_SYS_ADMIN'] },
    `${DOCKER}/231072.231072`
  ),
  [`${DOCKER}/image/overlay2/repositories.json`]: json({
    Repositories: {
      nginx: { 'nginx:1.27': `sha256:${id('1')}`, [`nginx@sha256:${id('9')}`]: `sha256:${id('1')}` }
    }
  }),
  [`${DOCKER}/image/overlay2/imagedb/content/sha256/${id('1')}`]: json({ created: '2026-10-01T00:00:00Z' }),
  ...storage('var/lib/containers/storage', 'd', { 'image-name': 'quay.example/app:2', name: 'app' }, SPEC),
  ...storage('home/alice/.local/share/containers/storage', 'e', { name: 'hers' }),
  'var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db': META,
  [`run/containerd/io.containerd.runtime.v2.task/k8s.io/${id('k')}/config.json`]: json(SPEC),
  [`run/containerd/io.containerd.runtime.v2.task/k8s.io/${id('l')}/config.json`]: json({
    ...SPEC,
    process: {
      ...SPEC.process,
      capabilities: { bounding: Array.from({ length: 41 }, (_, i) => `CAP_X${i}`) }
    },
    linux: { namespaces: [] },
    annotations: {
      'io.kubernetes.cri.container-name': 'late',
      'io.kubernetes.cri.image-name': `x@sha256:${id('5')}`
    }
  }),
  'var/lib/lxc/box/config':
    'lxc.idmap = u 0 100000 65536\nlxc.mount.entry = /srv/d data none bind,ro 0 0\nlxc.cap.drop = sys_module mac_admin\nlxc.net.0.type = none\n',
  'var/lib/lxc/bare/config': 'lxc.apparmor.profile = unconfined\n',
  'var/lib/machines/deb.nspawn':
    '[Exec]\nCapability=all\nPrivateUsers=no\n[Files]\nBind=/var/x:/x\nBindReadOnly=/etc\n[Network]\nPrivate=no\n'
}

const host = (t: TestContext): string => {
  const root = plant(t, FILES)
  mkdirSync(join(root, 'var/lib/machines/arch'))
  return root
}

const ask = async (root: string, flags: Record<string, unknown>) =>
  askModule(container, root, flags, { now: NOW })
const names = async (root: string, flags: Record<string, unknown>): Promise<string[]> =>
  column((await ask(root, flags)).rows, 'name').sort()

test('containers of each runtime, each once', async t => {
  const { rows, outcome } = await ask(host(t), {})
  const told = rows.map((row, i) =>
    `${String(row['runtime'])} ${column(rows, 'name')[i]} ${column(rows, 'image')[i]}`.trim()
  )
  assert.deepEqual(told.sort(), [
    'containerd job registry.example/job:3',
    `containerd late x@sha256:${id('5')}`,
    'docker mapped',
    'docker root alpine',
    'docker web nginx:1.27',
    'lxc bare',
    'lxc box',
    'nspawn arch',
    'nspawn deb',
    'podman app quay.example/app:2',
    'podman hers quay.example/app:2'
  ])
  assert.deepEqual([outcome.coverage.unreadable, outcome.coverage.skipped], [0, 0])
  assert.ok(
    rows.every(({ running }) => running === undefined),
    'a tree does not run'
  )
  assert.ok(!/very-secret/.test(Buffer.from(json(rows.map(row => column([row], 'env')))).toString()))
  const web = rows.find((_, i) => column(rows, 'name')[i] === 'web')!
  assert.deepEqual(
    [
      column([web], 'command'),
      column([web], 'env'),
      column([web], 'mounts'),
      column([web], 'user'),
      web['created']
    ],
    [
      ['nginx -g daemon off;'],
      ['PATH TOKEN'],
      ['/data/web:/srv:ro'],
      ['101'],
      Date.parse('2026-11-24T01:00:00.123Z')
    ]
  )
})

test('what a container may do', async t => {
  const root = host(t)
  assert.deepEqual(await names(root, { privileged: true }), ['bare', 'deb', 'late', 'root'])
  assert.deepEqual(await names(root, { capability: ['CAP_SYS_ADMIN'] }), [
    'bare',
    'box',
    'deb',
    'late',
    'mapped',
    'root'
  ])
  assert.deepEqual(await names(root, { capability: ['sys_ptrace'], runtime: ['docker'] }), ['root', 'web'])
  assert.deepEqual(await names(root, { shares: ['network'] }), ['app', 'box', 'deb', 'job', 'late', 'root'])
  assert.deepEqual(await names(root, { shares: ['network', 'pid'] }), ['late', 'root'])
  assert.deepEqual(await names(root, { shares: ['user'], runtime: ['docker', 'lxc'] }), [
    'bare',
    'root',
    'web'
  ])
  const { rows } = await ask(root, { mount: ['^(/|/run/docker\\.sock|/srv/d|/var/x):'] })
  assert.deepEqual(column(rows, 'mounts').sort(), [
    '/:/host:rw',
    '/run/docker.sock:/sock:rw',
    '/run/docker.sock:/sock:rw',
    '/run/docker.sock:/sock:rw',
    '/srv/d:/data:ro',
    '/var/x:/x:rw'
  ])
  const plain = (await ask(root, { name: ['^(root|web)$'] })).rows
  assert.deepEqual(
    plain.map(({ capabilities, shares, unconfined }) => [capabilities, shares, unconfined]),
    [
      ['SYS_PTRACE', 'user', undefined],
      ['ALL', 'network pid user', 'seccomp apparmor selinux']
    ]
  )
  assert.deepEqual(await names(root, { env: ['^TOKEN$'] }), ['web'])
  assert.deepEqual(await names(root, { env: ['very-secret'] }), [], 'what a variable holds is not looked at')
})

test('images and containers by digest, reference, time and owner', async t => {
  const root = host(t)
  const both = { kind: ['container', 'image'] }
  const of = async (digest: string) =>
    (await ask(root, { ...both, digest: [digest] })).rows
      .map(({ kind, runtime }) => `${kind} ${runtime}`)
      .sort()
  assert.deepEqual(await of(`sha256:${id('9')}`), ['container docker', 'image docker'])
  assert.deepEqual(await of(id('1').slice(0, 12)), ['container docker', 'image docker'])
  assert.deepEqual(await of(id('3')), [
    'container podman',
    'container podman',
    'image podman',
    'image podman'
  ])
  assert.deepEqual(await of(id('4')), ['container containerd', 'image containerd'])
  assert.deepEqual(await of(id('a')), ['container docker'], 'a container by its own id')
  assert.deepEqual((await ask(root, { kind: ['image'], image: ['^nginx:'] })).rows.length, 1)
  assert.deepEqual(await names(root, { created: '<1d' }), ['web'])
  const hers = (await ask(root, { name: ['^hers$'] })).rows
  assert.deepEqual(column(hers, 'owner'), ['alice'])
  assert.deepEqual(await names(root, { name: ['^prod/'] }), ['job'])
})

test('what can not be read makes a no partial, and only where the question depends on it', async t => {
  const root = host(t)
  const dark = await ask(root, { name: ['hers'], privileged: true })
  assert.deepEqual(
    [dark.rows.length, dark.outcome.coverage.skipped, dark.outcome.errors['unread-powers']],
    [0, 1, 1]
  )
  assert.equal((await ask(root, { name: ['nobody'], privileged: true })).outcome.coverage.skipped, 0)
  const live = await ask(root, { name: ['^web$'], running: true })
  assert.deepEqual([live.rows.length, live.outcome.errors['not-live']], [0, 1])
  const lxd = plant(t, {
    'var/lib/lxd/database/global/db.bin': 'x',
    'var/log/lxd/c1/lxc.conf': 'lxc.idmap = u 0 1000000 1000000000\n',
    'var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db': 'no database at all'
  })
  const { rows, outcome } = await ask(lxd, {})
  assert.deepEqual(column(rows, 'name'), ['c1'])
  assert.deepEqual(
    [outcome.errors['unread-database'], outcome.coverage.skipped, outcome.coverage.unreadable],
    [1, 1, 1]
  )
})

test('on the host itself, what runs is known', async () => {
  const params = container.fromFlags({ running: true, name: ['^no container has this name$'] }, NOW)
  const run = container.run(params, {
    root: '/',
    signal: new AbortController().signal,
    asOf: NOW,
    limits: container.limits.defaults
  })
  let next = await run.next()
  while (!next.done) next = await run.next()
  assert.equal(next.value.errors['not-live'], undefined)
})

test('flags that do not go together are refused', () => {
  for (const flags of [
    { running: true, stopped: true },
    { kind: ['image'], privileged: true },
    { digest: ['sha256:12'] },
    { mount: ['('] },
    { shares: ['x'] }
  ])
    assert.throws(
      () => container.fromFlags(flags, NOW),
      error => codeOf(error) === 'bad-params',
      json(flags)
    )
})
