import type { Home } from '../host/homes.ts'
import type { HostFiles } from '../host/host-files.ts'
import { pairOf, saidLines } from '../persistence/words.ts'
import { capabilityName } from './capabilities.ts'
import type { Container, Namespace, Powers, Runtime } from './container.ts'
import { mountText } from './oci-spec.ts'

/** Containers of LXC by lxc.container.conf(5), and of LXD and Incus by what they write for LXC. */
export function* lxcContainers(
  files: HostFiles,
  homes: readonly Home[],
  wants: (runtime: Runtime) => boolean
): Generator<Container> {
  if (wants('lxc')) {
    yield* configured(files, 'lxc', '/var/lib/lxc', 'config', undefined)
    for (const { path, user } of homes)
      yield* configured(files, 'lxc', `${path}/.local/share/lxc`, 'config', user)
  }
  for (const runtime of ['lxd', 'incus'] as const) if (wants(runtime)) yield* managed(files, runtime)
}

const CONFIG_MOST = 1 << 20
/** Where a database tells what the files don't. */
const STATES: Record<'lxd' | 'incus', readonly string[]> = {
  lxd: ['/var/lib/lxd', '/var/snap/lxd/common/lxd'],
  incus: ['/var/lib/incus']
}

function* managed(files: HostFiles, runtime: 'lxd' | 'incus'): Generator<Container> {
  const known = new Set<string>()
  for (const state of STATES[runtime]) {
    // Dqlite keeps its log in segments that only its daemon puts together.
    if (files.list(`${state}/database`).length > 0) files.count.skip('unread-database')
    const logs = [
      `/var/log/${runtime}`,
      `/run/${runtime}`,
      `${state}/logs`,
      `/var/snap/lxd/common/${runtime}/logs`
    ]
    for (const log of logs)
      for (const container of configured(files, runtime, log, 'lxc.conf', undefined)) {
        const name = String(container.name)
        if (!known.has(name)) yield container
        known.add(name)
      }
    for (const bytes of files.list(`${state}/containers`)) {
      const path = `${state}/containers/${bytes.toString('latin1')}`
      if (!known.has(String(bytes))) yield { ...EMPTY, kind: 'container', runtime, path, name: bytes }
      known.add(String(bytes))
    }
  }
}

const EMPTY = { images: [], digests: [] } as const

function* configured(
  files: HostFiles,
  runtime: Runtime,
  above: string,
  file: string,
  owner: string | undefined
): Generator<Container> {
  for (const bytes of files.list(above)) {
    const path = `${above}/${bytes.toString('latin1')}/${file}`
    const text = files.readFirst(path, CONFIG_MOST + 1)
    if (text === undefined) continue
    if (text.length > CONFIG_MOST) files.count.skip('too-large')
    const lines = [...saidLines(text.toString())].flatMap(({ text }) => {
      const pair = pairOf(text)
      return pair === undefined ? [] : [pair]
    })
    // What it includes comes from templates of the package, for the most part.
    if (lines.some(([key]) => key === 'lxc.include')) files.count.note('include')
    yield { ...EMPTY, kind: 'container', runtime, path, name: bytes, owner, powers: powersOf(lines) }
  }
}

const SHARED: Record<string, Namespace> = {
  net: 'network',
  pid: 'pid',
  ipc: 'ipc',
  uts: 'uts',
  cgroup: 'cgroup',
  user: 'user'
}

const powersOf = (lines: readonly (readonly [string, string])[]): Powers => {
  const all = (name: RegExp) => lines.filter(([key]) => name.test(key)).map(([, value]) => value)
  const words = (name: RegExp) => all(name).flatMap(value => value.split(/\s+/).filter(Boolean))
  const dropped = words(/^lxc\.cap\.drop$/)
  const kept = words(/^lxc\.cap\.keep$/)
  const mapped = all(/^lxc\.id_?map$/).length > 0
  const keep = words(/^lxc\.namespace\.keep$/).flatMap(word => SHARED[word] ?? [])
  const bare = all(/^lxc\.net(work)?(\.\d+)?\.type$/).includes('none')
  const unconfined = all(/^lxc\.(apparmor\.profile|aa_profile)$/).includes('unconfined')
  // Without a list of what is kept, everything is that is not dropped.
  const capabilities =
    kept.length > 0
      ? kept.map(capabilityName)
      : dropped.length > 0
        ? MOST.filter(name => !dropped.map(capabilityName).includes(name))
        : ['ALL']
  return {
    mounts: all(/^lxc\.mount\.entry$/).flatMap(mountOf),
    capabilities,
    privileged: !mapped,
    shares: [
      ...new Set<Namespace>([
        ...(bare ? (['network'] as const) : []),
        ...keep,
        ...(mapped ? [] : (['user'] as const))
      ])
    ],
    unconfined: unconfined ? ['apparmor'] : [],
    user: undefined,
    command: all(/^lxc\.(init|execute)\.?cmd$/)[0] ?? '',
    env: all(/^lxc\.environment(\.[a-z]+)?$/).map(value => value.split('=', 1)[0]!)
  }
}

/** What matters among all capabilities, where a list says only what is taken away. */
const MOST = [
  'SYS_ADMIN',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_PTRACE',
  'SYS_BOOT',
  'SYS_TIME',
  'NET_ADMIN',
  'NET_RAW',
  'MKNOD',
  'MAC_ADMIN',
  'MAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'BPF',
  'PERFMON'
]

/** fstab(5): source, destination in the container, type, options. */
const mountOf = (entry: string): string[] => {
  const [source, destination, , options = ''] = entry.split(/\s+/)
  if (source === undefined || destination === undefined || !source.startsWith('/')) return []
  return [mountText(source, `/${destination.replace(/^\/+/, '')}`, !options.split(',').includes('ro'))]
}
