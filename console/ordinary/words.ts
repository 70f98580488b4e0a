import { brotliDecompressSync } from 'node:zlib'
import { utf8Bytes } from '../../src/codec.ts'
import type { Column } from '../../src/modules/spec.ts'
import type { Kind } from './kinds.ts'
import { PACKED } from './packed.ts'

/** In a path everything may stand: a unit, a program, a directory that is called after its package, somebody's home. */
const IN_PATHS: readonly Kind[] = ['paths', 'programs', 'units', 'packages', 'accounts']

/** What a column of a module holds, where its name says it for all: `process name` before `name`. */
const IN_COLUMNS: Readonly<Record<string, readonly Kind[]>> = {
  'package name': ['packages'],
  'package source': ['packages'],
  package: ['packages'],
  'process name': ['processes', 'programs'],
  'memory name': ['processes', 'programs'],
  'yaramem name': ['processes', 'programs'],
  'netstat process': ['processes', 'programs'],
  program: ['processes', 'programs'],
  'log unit': ['units'],
  owner: ['accounts'],
  'owner-before': ['accounts'],
  group: ['accounts'],
  interface: ['interfaces'],
  driver: ['interfaces'],
  cmdline: ['commands'],
  runs: ['commands', 'programs', 'units'],
  command: ['commands']
}

/** The kernel keeps so many bytes of a process's name. */
const PROCESS_NAME_BYTES = 15
/** Threads of the kernel that are there for each core: as many cores as one finds. */
const CORES = 64
const PER_CORE = 'ksoftirqd migration cpuhp idle_inject watchdog rcuc rcuog rcuop rcuos irq_work'.split(' ')
/** Its workers are called after what they did last (`kworker/0:1-events`), and those for no core after a pool (`kworker/u8:3`). */
const QUEUES =
  ' events events_long events_highpri events_freezable events_power_efficient mm_percpu_wq kblockd rcu_gp cgroup_destroy ata_sff ipv6_addrconf inet_frag_wq ' +
  'events_unbound writeback kvfree_rcu_reclaim inode_switch_wbs iou_exit netns ext4-rsv-conversion xfsalloc xfs_mru_cache xfs-conv blkcg_punt_bio kthrotld slub_flushwq quota_events_unbound flush-8:0 flush-253:0 flush-254:0 flush-259:0'
const WORKERS = 6
const POOL_WORKERS = 25
const POOLS = [4, 5, 6, 8, 9, 10, 12, 16, 17, 32, 33, 64, 65, 128, 129]

const unpacked = new Map<Kind, readonly string[]>()
const encoded = new Map<Kind, readonly Uint8Array[]>()

const wordsOf = (kind: Kind): readonly string[] => {
  const before = unpacked.get(kind)
  if (before !== undefined) return before
  const words = brotliDecompressSync(Buffer.from(PACKED[kind], 'base64')).toString().split('\n')
  const all = kind === 'processes' ? [...words, ...shortened(), ...kernelThreads()] : words
  unpacked.set(kind, all)
  return all
}

const shortened = (): string[] =>
  [...wordsOf('programs'), ...wordsOf('units').map(unit => unit.replace(/\.\w+$/, ''))]
    .filter(word => word.length > PROCESS_NAME_BYTES)
    .map(word => word.slice(0, PROCESS_NAME_BYTES))

const kernelThreads = (): string[] => {
  const queues = QUEUES.split(' ')
  const numbers = (below: number): number[] => Array.from({ length: below }, (_, i) => i)
  const bound = numbers(CORES).flatMap(core =>
    numbers(WORKERS).flatMap(n => [`${core}:${n}`, `${core}:${n}H`])
  )
  const named = numbers(CORES / 4).flatMap(core =>
    numbers(WORKERS).flatMap(n => [`${core}:${n}`, `${core}:${n}H`])
  )
  const pooled = POOLS.flatMap(pool => numbers(POOL_WORKERS).map(n => `u${pool}:${n}`))
  return [
    ...numbers(CORES).flatMap(core => PER_CORE.map(name => `${name}/${core}`)),
    ...bound.map(at => `kworker/${at}`),
    ...[...named, ...pooled].flatMap(at => queues.map(queue => `kworker/${at}${queue && '-'}${queue}`)),
    ...queues.map(queue => `kworker/R-${queue}`)
  ]
}

const bytesOf = (kind: Kind): readonly Uint8Array[] => {
  const bytes = encoded.get(kind) ?? wordsOf(kind).map(utf8Bytes)
  encoded.set(kind, bytes)
  return bytes
}

/** Words that may be in a private column, some perhaps more than once. */
export const ordinaryWords = (module: string, name: string, { type }: Column): readonly Uint8Array[] => {
  const kinds = type === 'path' ? IN_PATHS : (IN_COLUMNS[`${module} ${name}`] ?? IN_COLUMNS[name] ?? [])
  return kinds.flatMap(bytesOf)
}
