import type { Home } from '../host/homes.ts'
import type { HostFiles } from '../host/host-files.ts'
import { type Container, digestOf, ImageNames } from './container.ts'
import { CONFIG_MOST, LIST_MOST } from './docker.ts'
import { type JsonObject, objectIn, parseJson, readJson, textIn, textsIn } from './json.ts'
import { powersOf } from './oci-spec.ts'

/** Containers and images of podman, CRI-O and buildah, which keep them by containers/storage; without root in a home. */
export function* storageContainers(files: HostFiles, homes: readonly Home[]): Generator<Container> {
  const known = new Set<string>()
  for (const { path, owner } of placesOf(files, homes)) {
    const real = files.resolve(path)?.toString('latin1')
    if (real === undefined || known.has(real)) continue
    known.add(real)
    for (const directory of files.list(path).map(name => name.toString('latin1'))) {
      // One for each way of keeping layers: overlay-containers, vfs-containers.
      const driver = /^([a-z0-9]+)-containers$/.exec(directory)?.[1]
      if (driver === undefined) continue
      const names = new ImageNames()
      yield* imagesIn(files, `${path}/${driver}-images`, owner, names)
      yield* containersIn(files, `${path}/${directory}`, owner, names)
    }
  }
}

function* placesOf(
  files: HostFiles,
  homes: readonly Home[]
): Generator<{ path: string; owner: string | undefined }> {
  for (const line of files.lines('/etc/containers/storage.conf')) {
    const set = /^\s*(?:graphroot|runroot)\s*=\s*["']([^"']{1,4096})["']/.exec(line)?.[1]
    if (set?.startsWith('/')) yield { path: set, owner: undefined }
  }
  for (const path of ['/var/lib/containers/storage', '/run/containers/storage'])
    yield { path, owner: undefined }
  for (const { path, user } of homes) yield { path: `${path}/.local/share/containers/storage`, owner: user }
}

function* imagesIn(
  files: HostFiles,
  path: string,
  owner: string | undefined,
  names: ImageNames
): Generator<Container> {
  for (const image of listOf(files, `${path}/images.json`)) {
    const id = textIn(image, 'id')
    if (id === undefined) continue
    const called = textsIn(image, 'names')
    const digests = new Set(
      [`sha256:${id}`, textIn(image, 'digest'), ...called.map(digestOf)].filter(one => one !== undefined)
    )
    for (const [key, digest] of Object.entries(objectIn(image, 'big-data-digests')))
      if (key.startsWith('manifest') && typeof digest === 'string') digests.add(digest)
    names.add(id, ...called, ...digests)
    yield {
      kind: 'image',
      runtime: 'podman',
      path: `${path}/images.json`,
      id: `sha256:${id}`,
      images: called,
      digests: [...digests],
      created: createdOf(image),
      owner
    }
  }
}

function* containersIn(
  files: HostFiles,
  path: string,
  owner: string | undefined,
  names: ImageNames
): Generator<Container> {
  for (const list of ['containers.json', 'volatile-containers.json'])
    for (const container of listOf(files, `${path}/${list}`)) {
      const id = textIn(container, 'id')
      // What is no id names no directory.
      if (id === undefined || !/^[0-9a-f]{1,64}$/.test(id)) continue
      const about = objectIn(inner(container, files))
      const image = textIn(container, 'image')
      const known = names.of(image)
      const asked = textIn(about, 'image-name')
      const spec = readJson(files, `${path}/${id}/userdata/config.json`, CONFIG_MOST)
      const pod = textIn(about, 'pod-name')
      yield {
        kind: 'container',
        runtime: pod === undefined ? 'podman' : 'crio',
        path: `${path}/${list}`,
        id,
        name: textIn(about, 'container-name') ?? textIn(about, 'name') ?? textsIn(container, 'names')[0],
        pod,
        images: [
          ...new Set([...(asked ? [asked] : []), ...known.filter(name => !name.startsWith('sha256:'))])
        ],
        digests: [
          ...new Set([
            ...(image ? [`sha256:${image}`] : []),
            ...known.filter(name => name.startsWith('sha256:'))
          ])
        ],
        created: createdOf(container),
        owner,
        powers: spec === undefined ? undefined : powersOf(objectIn(spec))
      }
    }
}

const listOf = (files: HostFiles, path: string): JsonObject[] => {
  const value = readJson(files, path, LIST_MOST)
  return Array.isArray(value) ? value.map(one => objectIn(one)) : []
}

/** What a runtime has written about a container: JSON in a text. */
const inner = (container: JsonObject, files: HostFiles): unknown => {
  const text = textIn(container, 'metadata')
  if (text === undefined) return undefined
  try {
    return parseJson(Buffer.from(text))
  } catch (error) {
    files.count.missed(error)
    return undefined
  }
}

const createdOf = (object: JsonObject): number | undefined => {
  const at = Date.parse(textIn(object, 'created') ?? '')
  return Number.isSafeInteger(at) && at >= 0 ? at : undefined
}
