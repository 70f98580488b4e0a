import { codeOf } from '../../../errors.ts'
import type { HostFiles } from '../host/host-files.ts'
import { Bolt, type BoltEntry } from './bolt.ts'
import { type Container, digestOf, ImageNames } from './container.ts'
import { CONFIG_MOST } from './docker.ts'
import { objectIn, parseJson, readJson } from './json.ts'
import { powersOf } from './oci-spec.ts'

/** Homes of containerd: its own, and those of the Kubernetes distributions that bring one. */
const HOMES = [
  '/var/lib/containerd',
  '/var/lib/rancher/k3s/agent/containerd',
  '/var/lib/rancher/rke2/agent/containerd',
  '/var/lib/k0s/containerd',
  '/var/snap/microk8s/common/var/lib/containerd'
]
const TASKS = [
  '/run/containerd',
  '/run/k3s/containerd',
  '/run/k0s/containerd',
  '/var/snap/microk8s/common/run/containerd'
]
/** A node with a thousand images has some ten MB. */
const DATABASE_MOST = 128 << 20

/** Containers and images of containerd: by its database, and by what it has handed to the runtime of each task. */
export function* containerdContainers(files: HostFiles): Generator<Container> {
  const known = new Set<string>()
  for (const home of HOMES) {
    const path = `${home}/io.containerd.metadata.v1.bolt/meta.db`
    for (const container of read(files, path)) {
      if (container.kind === 'container') known.add(container.id ?? '')
      yield container
    }
  }
  for (const run of TASKS) yield* tasksIn(files, `${run}/io.containerd.runtime.v2.task`, known)
}

function* read(files: HostFiles, path: string): Generator<Container> {
  const bytes = files.readFirst(path, DATABASE_MOST + 1)
  if (bytes === undefined || bytes.length === 0) return
  if (bytes.length > DATABASE_MOST) {
    files.count.skip('too-large')
    return
  }
  try {
    const database = new Bolt(bytes)
    const schema = database.find(undefined, 'v1')
    if (schema?.isBucket !== true) return
    for (const space of database.entries(schema.value))
      if (space.isBucket) yield* spaceOf(files, path, database, space.value)
  } catch (error) {
    if (codeOf(error) !== 'unreadable') throw error
    files.count.missed(error)
  }
}

function* spaceOf(files: HostFiles, path: string, database: Bolt, space: Buffer): Generator<Container> {
  const names = new ImageNames()
  function* bucket(name: string): Generator<BoltEntry> {
    const found = database.find(space, name)
    if (found?.isBucket) for (const one of database.entries(found.value)) if (one.isBucket) yield one
  }
  for (const { key, value } of bucket('images')) {
    const name = key.toString()
    const target = database.find(value, 'target')
    const digest = target?.isBucket ? database.find(target.value, 'digest')?.value.toString() : undefined
    if (digest !== undefined) names.add(name, digest)
    yield {
      kind: 'image',
      runtime: 'containerd',
      path,
      id: digest,
      images: [name],
      digests: digestsOf(name, digest),
      created: momentOf(database.find(value, 'createdat')?.value)
    }
  }
  for (const { key, value } of bucket('containers')) {
    const image = database.find(value, 'image')?.value.toString() || undefined
    const labels = new Map<string, string>()
    const label = database.find(value, 'labels')
    if (label?.isBucket)
      for (const one of database.entries(label.value)) labels.set(one.key.toString(), one.value.toString())
    const pod = labels.get('io.kubernetes.pod.name')
    const spec = specOf(files, database.find(value, 'spec')?.value)
    yield {
      kind: 'container',
      runtime: 'containerd',
      path,
      id: key.toString(),
      name: labels.get('io.kubernetes.container.name') ?? labels.get('nerdctl/name'),
      pod: pod && `${labels.get('io.kubernetes.pod.namespace') ?? ''}/${pod}`,
      images: image === undefined ? [] : [image],
      digests: image === undefined ? [] : [...new Set([...digestsOf(image, undefined), ...names.of(image)])],
      created: momentOf(database.find(value, 'createdat')?.value),
      powers: spec
    }
  }
}

const digestsOf = (name: string, digest: string | undefined): string[] => [
  ...new Set([digestOf(name), digest].filter(one => one !== undefined))
]

/** What Go's time.MarshalBinary writes: a version, seconds since the year 1, nanoseconds, minutes of the zone. */
const momentOf = (bytes: Buffer | undefined): number | undefined => {
  if (bytes === undefined || bytes.length < 15 || bytes[0] !== 1) return undefined
  const at = Number(bytes.readBigInt64BE(1) - 62_135_596_800n) * 1_000
  return Number.isSafeInteger(at) && at >= 0 ? at : undefined
}

/** A specification as protobuf's Any has it: field 1 says what it is, field 2 is the JSON. */
const specOf = (files: HostFiles, bytes: Buffer | undefined): Container['powers'] => {
  if (bytes === undefined || bytes.length > CONFIG_MOST) return undefined
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at]!
    const [length, from] = varint(bytes, at + 1)
    const end = from + length
    if ((tag & 7) !== 2 || length < 0 || end > bytes.length) return undefined
    if (tag === 0x12)
      try {
        return powersOf(objectIn(parseJson(bytes.subarray(from, end))))
      } catch (error) {
        files.count.missed(error)
        return undefined
      }
    at = end
  }
  return undefined
}

/** A number and where the next thing begins; -1 where it is none. */
const varint = (bytes: Buffer, at: number): [number, number] => {
  let value = 0
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return [value, at + i + 1]
  }
  return [-1, at]
}

/** Tasks that the database did not tell of: of a daemon whose home is elsewhere, say. Those of Docker are told by Docker. */
function* tasksIn(files: HostFiles, path: string, known: ReadonlySet<string>): Generator<Container> {
  for (const space of files.list(path).map(name => name.toString('latin1'))) {
    if (space === 'moby') continue
    for (const bytes of files.list(`${path}/${space}`)) {
      const id = bytes.toString('latin1')
      if (known.has(id)) continue
      const config = `${path}/${space}/${id}/config.json`
      const spec = readJson(files, config, CONFIG_MOST)
      if (spec === undefined) continue
      const about = objectIn(spec, 'annotations')
      const text = (name: string) => (typeof about[name] === 'string' ? (about[name] as string) : undefined)
      const image = text('io.kubernetes.cri.image-name')
      yield {
        kind: 'container',
        runtime: 'containerd',
        path: config,
        id,
        name: text('io.kubernetes.cri.container-name') ?? text('nerdctl/name'),
        pod: text('io.kubernetes.cri.sandbox-name'),
        images: image === undefined ? [] : [image],
        digests: image === undefined ? [] : digestsOf(image, undefined),
        powers: powersOf(objectIn(spec))
      }
    }
  }
}
