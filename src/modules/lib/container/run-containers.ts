import { setImmediate as breathe } from 'node:timers/promises'
import { codeOf } from '../../../errors.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { homesOf } from '../host/homes.ts'
import { HostFiles } from '../host/host-files.ts'
import { beyondDefault } from './capabilities.ts'
import type { Container, Powers, Runtime } from './container.ts'
import { containerdContainers } from './containerd.ts'
import { storageContainers } from './containers-storage.ts'
import { dockerContainers } from './docker.ts'
import { type ContainerFilter, containerFilter } from './filter.ts'
import { lxcContainers } from './lxc.ts'
import { nspawnContainers } from './nspawn.ts'
import type { ContainerParams } from './params.ts'
import { runningNames } from './running.ts'

/** Containers between two breaths of the caller, so that timers and signals come through. */
const SLICE = 32

/** Containers and images by the files of their runtimes; no daemon is asked. */
export async function* runContainers(params: ContainerParams, host: Host): AsyncGenerator<Row, Outcome> {
  const files = new HostFiles(host)
  const found = new FoundRows(host, params.kinds)
  try {
    const filter = containerFilter(params)
    const running = found.ended ? undefined : runningOn(host)
    let looked = 0
    for (const container of found.ended ? [] : containersOf(params, files)) {
      if (params.kinds.includes(container.kind)) {
        files.count.seen++
        const row = rowOf(container, isRunning(container, running), filter, files)
        if (row !== undefined) {
          if (!found.take(container.kind, row)) break
          yield row
        }
      }
      if (++looked % SLICE === 0) await breathe()
      if (found.ended) break
    }
  } catch (error) {
    if (codeOf(error) !== 'limit-bytes') throw error
    found.end('limit-bytes')
  }
  return found.outcome(files.count)
}

function* containersOf({ runtimes }: ContainerParams, files: HostFiles): Generator<Container> {
  const wants = (runtime: Runtime): boolean => runtimes?.includes(runtime) ?? true
  const homes = homesOf(files)
  const docker = new Set<string>()
  if (wants('docker') || wants('containerd'))
    for (const container of dockerContainers(files, homes)) {
      if (container.kind === 'container' && container.id !== undefined) docker.add(container.id)
      if (wants('docker')) yield container
    }
  if (wants('podman') || wants('crio'))
    // Who has brought an image into a storage is not written there.
    for (const container of storageContainers(files, homes))
      if (container.kind === 'image' || wants(container.runtime)) yield container
  if (wants('containerd'))
    for (const container of containerdContainers(files)) if (!docker.has(container.id ?? '')) yield container
  yield* lxcContainers(files, homes, wants)
  if (wants('nspawn')) yield* nspawnContainers(files)
}

/** What runs is known of this host only, not of a tree that stands for another. */
const runningOn = ({ root }: Host): ReadonlySet<string> | undefined => {
  if (root !== '/') return undefined
  try {
    return runningNames('/proc')
  } catch {
    return undefined
  }
}

const isRunning = (
  { id, name, kind }: Container,
  running: ReadonlySet<string> | undefined
): boolean | undefined => {
  if (running === undefined || kind === 'image') return undefined
  return id === undefined ? running.has(name?.toString('latin1') ?? '') : running.has(id)
}

/** Lists of many thousand are told by their beginning. */
const LONG = 4_096

const rowOf = (
  container: Container,
  running: boolean | undefined,
  filter: ContainerFilter,
  files: HostFiles
): Row | undefined => {
  const verdict = filter.judge(container, running)
  if (verdict === 'unknown') files.count.skip(container.powers === undefined ? 'unread-powers' : 'not-live')
  if (verdict !== 'yes') return undefined
  const { kind, runtime, path, id, name, pod, images, digests, created, owner, powers } = container
  return {
    kind,
    runtime,
    path: new Uint8Array(Buffer.from(path, 'latin1')),
    ...(id !== undefined && { id: bytes(id) }),
    ...(name !== undefined && { name: bytes(name) }),
    ...(pod !== undefined && { pod: bytes(pod) }),
    ...(images.length > 0 && { image: bytes(images[0]!) }),
    ...(digests.length > 0 && { digest: bytes(digests[0]!) }),
    ...(created !== undefined && { created }),
    ...(running !== undefined && { running }),
    ...(owner !== undefined && { owner: new Uint8Array(Buffer.from(owner, 'latin1')) }),
    ...(powers && told(powers, filter))
  }
}

const told = (powers: Powers, filter: ContainerFilter): Row => {
  const { privileged, shares, unconfined, user, command, env } = powers
  const mounts = filter.mounts(powers)
  const more = beyondDefault(powers.capabilities)
  return {
    privileged,
    ...(more.length > 0 && { capabilities: plain(more) }),
    ...(shares.length > 0 && { shares: shares.join(' ') }),
    ...(unconfined.length > 0 && { unconfined: unconfined.join(' ') }),
    ...(mounts.length > 0 && { mounts: bytes(mounts.join('; ')) }),
    ...(user !== undefined && { user: bytes(user) }),
    ...(command !== '' && { command: bytes(command) }),
    ...(env.length > 0 && { env: bytes(env.join(' ')) })
  }
}

/** Only what capabilities are called by leaves a host as it is. */
const plain = (names: readonly string[]): string =>
  names
    .filter(name => /^[A-Z][A-Z_]{1,31}$/.test(name))
    .slice(0, 64)
    .join(' ')

const bytes = (text: string | Buffer): Uint8Array =>
  new Uint8Array((typeof text === 'string' ? Buffer.from(text) : text).subarray(0, LONG))
