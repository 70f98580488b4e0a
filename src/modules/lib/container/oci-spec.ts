import { capabilitySet } from './capabilities.ts'
import type { Namespace, Powers } from './container.ts'
import { type JsonObject, listIn, objectIn, textIn, textsIn } from './json.ts'

/** A container as the OCI runtime specification has it (config.md, config-linux.md), whoever wrote it. */

/** Each kind of namespace by its name there. */
const KINDS: Record<Namespace, string> = {
  network: 'network',
  pid: 'pid',
  ipc: 'ipc',
  uts: 'uts',
  cgroup: 'cgroup',
  user: 'user',
  mount: 'mount'
}

export const powersOf = (spec: JsonObject): Powers => {
  const process = objectIn(spec, 'process')
  const linux = objectIn(spec, 'linux')
  const sets = objectIn(process, 'capabilities')
  const capabilities = capabilitySet([
    ...textsIn(sets, 'bounding'),
    ...textsIn(sets, 'effective'),
    ...textsIn(sets, 'permitted')
  ])
  const seccomp = Object.hasOwn(linux, 'seccomp') && linux['seccomp'] !== null
  const masked = textsIn(linux, 'maskedPaths').length > 0
  const said = /^(true|1)$/i.test(
    textIn(objectIn(spec, 'annotations'), 'io.podman.annotations.privileged') ?? ''
  )
  const apparmor = textIn(process, 'apparmorProfile') === 'unconfined'
  return {
    mounts: listIn(spec, 'mounts').flatMap(mountOf),
    capabilities,
    // No runtime writes down that word: it is what the word does.
    privileged: said || (capabilities[0] === 'ALL' && !seccomp && !masked),
    shares: shared(linux),
    unconfined: [...(seccomp ? [] : ['seccomp']), ...(apparmor ? ['apparmor'] : [])],
    user: userOf(objectIn(process, 'user')),
    command: textsIn(process, 'args').join(' '),
    env: textsIn(process, 'env').map(envName)
  }
}

/** Only what comes from the host: the rest is a container's own. */
const mountOf = (mount: unknown): string[] => {
  const object = objectIn(mount)
  const options = textsIn(object, 'options')
  const bind =
    textIn(object, 'type') === 'bind' || options.some(option => option === 'bind' || option === 'rbind')
  const [source, destination] = [textIn(object, 'source'), textIn(object, 'destination')]
  if (!bind || source === undefined || destination === undefined) return []
  return [mountText(source, destination, !options.includes('ro'))]
}

export const mountText = (source: string, destination: string, writes: boolean): string =>
  `${source}:${destination}:${writes ? 'rw' : 'ro'}`

/** A namespace that is not listed is the host's; one by a path is another container's, or that of process 1. */
const shared = (linux: JsonObject): Namespace[] => {
  const own = new Set(
    listIn(linux, 'namespaces')
      .map(one => objectIn(one))
      .filter(one => !/^\/proc\/1\/ns\//.test(textIn(one, 'path') ?? ''))
      .map(one => textIn(one, 'type'))
  )
  return (Object.keys(KINDS) as Namespace[]).filter(kind => !own.has(KINDS[kind]))
}

const userOf = (user: JsonObject): string | undefined =>
  textIn(user, 'username') ?? (typeof user['uid'] === 'number' ? String(user['uid']) : undefined)

/** The value of a variable is nobody's business. */
export const envName = (variable: string): string => variable.split('=', 1)[0]!
