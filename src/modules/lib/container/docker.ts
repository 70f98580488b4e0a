import type { Home } from '../host/homes.ts'
import type { HostFiles } from '../host/host-files.ts'
import { capabilitySet, DEFAULT_CAPABILITIES } from './capabilities.ts'
import { type Container, digestOf, ImageNames, type Namespace, type Powers } from './container.ts'
import { type JsonObject, listIn, momentIn, objectIn, readJson, textIn, textsIn } from './json.ts'
import { envName, mountText } from './oci-spec.ts'

/** One container has some kB of configuration; the list of images of a build machine some MB. */
export const CONFIG_MOST = 4 << 20
export const LIST_MOST = 16 << 20

const ID = /^[0-9a-f]{64}$/

interface Place {
  readonly path: string
  readonly owner?: string | undefined
  /** Users in containers are not the host's. */
  readonly remapped: boolean
}

/** Containers and images of Docker, by the files of its daemon. Whoever runs it without root has them in a home. */
export function* dockerContainers(files: HostFiles, homes: readonly Home[]): Generator<Container> {
  const known = new Set<string>()
  for (const place of placesOf(files, homes)) {
    const real = files.resolve(place.path)?.toString('latin1')
    if (real === undefined || known.has(real)) continue
    known.add(real)
    const names = new ImageNames()
    yield* imagesIn(files, place, names)
    yield* containersIn(files, place, names)
  }
}

function* placesOf(files: HostFiles, homes: readonly Home[]): Generator<Place> {
  const settings = objectIn(readJson(files, '/etc/docker/daemon.json', CONFIG_MOST))
  const set = textIn(settings, 'data-root') ?? textIn(settings, 'graph')
  const roots = [set, '/var/lib/docker', '/var/snap/docker/common/var-lib-docker']
  for (const path of new Set(roots)) {
    if (path === undefined || !path.startsWith('/')) continue
    const bytes = Buffer.from(path).toString('latin1')
    yield { path: bytes, remapped: false }
    // Where users are mapped, the daemon keeps everything in a directory of that mapping.
    for (const name of files.list(bytes).map(name => name.toString('latin1')))
      if (/^\d+\.\d+$/.test(name)) yield { path: `${bytes}/${name}`, remapped: true }
  }
  for (const { path, user } of homes)
    yield { path: `${path}/.local/share/docker`, owner: user, remapped: true }
}

function* imagesIn(files: HostFiles, { path, owner }: Place, names: ImageNames): Generator<Container> {
  for (const driver of files.list(`${path}/image`).map(name => name.toString('latin1'))) {
    const list = `${path}/image/${driver}/repositories.json`
    const repositories = objectIn(readJson(files, list, LIST_MOST), 'Repositories')
    for (const references of Object.values(repositories).map(one => objectIn(one)))
      for (const [reference, id] of Object.entries(references))
        if (typeof id === 'string') names.add(id, reference)
    const contents = `${path}/image/${driver}/imagedb/content/sha256`
    for (const name of files.list(contents).map(name => name.toString('latin1'))) {
      if (!ID.test(name)) continue
      const id = `sha256:${name}`
      const config = objectIn(readJson(files, `${contents}/${name}`, CONFIG_MOST))
      yield {
        kind: 'image',
        runtime: 'docker',
        path: `${contents}/${name}`,
        id,
        images: names.of(id),
        digests: digestsOf(id, names),
        created: momentIn(config, 'created'),
        owner
      }
    }
  }
}

const digestsOf = (id: string | undefined, names: ImageNames): string[] => [
  ...(id === undefined ? [] : [id]),
  ...names.of(id).flatMap(name => digestOf(name) ?? [])
]

function* containersIn(files: HostFiles, place: Place, names: ImageNames): Generator<Container> {
  for (const bytes of files.list(`${place.path}/containers`)) {
    const path = `${place.path}/containers/${bytes.toString('latin1')}`
    const value = readJson(files, `${path}/config.v2.json`, CONFIG_MOST)
    if (value === undefined) continue
    const config = objectIn(value)
    const host = readJson(files, `${path}/hostconfig.json`, CONFIG_MOST)
    const image = textIn(config, 'Image')
    const asked = textIn(objectIn(config, 'Config'), 'Image')
    yield {
      kind: 'container',
      runtime: 'docker',
      path: `${path}/config.v2.json`,
      id: textIn(config, 'ID'),
      name: textIn(config, 'Name')?.replace(/^\//, ''),
      images: [...new Set([...(asked === undefined ? [] : [asked]), ...names.of(image)])],
      digests: digestsOf(image, names),
      created: momentIn(config, 'Created'),
      owner: place.owner,
      powers: host === undefined ? undefined : powersOf(config, objectIn(host), place.remapped)
    }
  }
}

const powersOf = (config: JsonObject, host: JsonObject, remapped: boolean): Powers => {
  const settings = objectIn(config, 'Config')
  const privileged = host['Privileged'] === true
  const dropped = new Set(capabilitySet(textsIn(host, 'CapDrop')))
  const kept = dropped.has('ALL') ? [] : DEFAULT_CAPABILITIES.filter(name => !dropped.has(name))
  const words = [
    ...textsIn(host, 'SecurityOpt'),
    textIn(config, 'AppArmorProfile') === 'unconfined' ? 'apparmor=unconfined' : ''
  ]
  const off = (what: string): boolean =>
    words.some(word => new RegExp(`^${what}[=:](unconfined|disable)$`).test(word))
  return {
    mounts: mountsOf(config, host),
    capabilities: privileged ? ['ALL'] : capabilitySet([...kept, ...textsIn(host, 'CapAdd')]),
    privileged,
    shares: sharesOf(host, remapped),
    unconfined: [
      ...(privileged || off('seccomp') ? ['seccomp'] : []),
      ...(privileged || off('apparmor') ? ['apparmor'] : []),
      ...(off('label') ? ['selinux'] : [])
    ],
    user: textIn(settings, 'User'),
    command: [textIn(config, 'Path') ?? '', ...textsIn(config, 'Args')].join(' ').trim(),
    env: textsIn(settings, 'Env').map(envName)
  }
}

const mountsOf = (config: JsonObject, host: JsonObject): string[] => {
  const points = Object.values(objectIn(config, 'MountPoints')).map(one => objectIn(one))
  const said = points.map(point =>
    mountText(
      textIn(point, 'Source') ?? textIn(point, 'Name') ?? '',
      textIn(point, 'Destination') ?? '',
      point['RW'] === true
    )
  )
  // Of a container that has not started yet, only what was asked for is there.
  const binds = points.length > 0 ? [] : textsIn(host, 'Binds').map(bind => bindText(bind))
  const devices = listIn(host, 'Devices').map(one => objectIn(one))
  return [
    ...said,
    ...binds,
    ...devices.map(device =>
      mountText(textIn(device, 'PathOnHost') ?? '', textIn(device, 'PathInContainer') ?? '', true)
    )
  ]
}

const bindText = (bind: string): string => {
  const [source = '', destination = '', options = ''] = bind.split(':', 3)
  return mountText(source, destination, !options.split(',').includes('ro'))
}

const MODES: readonly (readonly [Namespace, string])[] = [
  ['network', 'NetworkMode'],
  ['pid', 'PidMode'],
  ['ipc', 'IpcMode'],
  ['uts', 'UTSMode'],
  ['cgroup', 'CgroupnsMode']
]

const sharesOf = (host: JsonObject, remapped: boolean): Namespace[] => [
  ...MODES.filter(([, name]) => host[name] === 'host').map(([kind]) => kind),
  ...(remapped && host['UsernsMode'] !== 'host' ? [] : (['user'] as const))
]
