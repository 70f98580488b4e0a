import type { HostFiles } from '../host/host-files.ts'
import { pairOf, saidLines } from '../persistence/words.ts'
import { capabilityName } from './capabilities.ts'
import type { Container, Namespace, Powers } from './container.ts'
import { mountText } from './oci-spec.ts'

const MACHINES = '/var/lib/machines'
/** The first that has a file of a machine's name counts (systemd.nspawn(5)). */
const SETTINGS = ['/etc/systemd/nspawn', '/run/systemd/nspawn', MACHINES]
const CONFIG_MOST = 1 << 20

/** Machines of systemd-nspawn: their trees and images, and the settings of each. */
export function* nspawnContainers(files: HostFiles): Generator<Container> {
  const settings = new Map<string, string>()
  for (const above of SETTINGS)
    for (const name of files.list(above).map(name => name.toString('latin1')))
      if (name.endsWith('.nspawn') && !settings.has(name.slice(0, -7)))
        settings.set(name.slice(0, -7), `${above}/${name}`)
  const machines = files.list(MACHINES).map(name => name.toString('latin1'))
  const names = new Set([
    ...machines
      .filter(name => !name.startsWith('.') && !name.endsWith('.nspawn'))
      .map(name => name.replace(/\.raw$/, '')),
    ...settings.keys()
  ])
  for (const name of names) {
    const path = settings.get(name)
    const text = path === undefined ? '' : files.readFirst(path, CONFIG_MOST)?.toString()
    yield {
      kind: 'container',
      runtime: 'nspawn',
      path: path ?? `${MACHINES}/${name}`,
      name: Buffer.from(name, 'latin1'),
      images: [],
      digests: [],
      powers: text === undefined ? undefined : powersOf(text)
    }
  }
}

const YES = /^(1|y|yes|t|true|on)$/i
const NO = /^(0|n|no|f|false|off)$/i

const powersOf = (text: string): Powers => {
  const pairs = [...saidLines(text, '#;')].flatMap(({ text }) => {
    const pair = pairOf(text)
    return pair === undefined ? [] : [pair]
  })
  const all = (name: string) => pairs.filter(([key]) => key === name).map(([, value]) => value)
  const last = (name: string) => all(name).at(-1) ?? ''
  const capabilities = all('Capability')
    .flatMap(value => value.split(/\s+/).filter(Boolean))
    .map(capabilityName)
  const isolated =
    YES.test(last('Private')) ||
    YES.test(last('VirtualEthernet')) ||
    all('Bridge').length > 0 ||
    all('Zone').length > 0
  // Its service unit asks for users and a network of its own where the settings say nothing.
  const users = NO.test(last('PrivateUsers')) || last('PrivateUsers') === 'identity'
  const network = !isolated && (NO.test(last('Private')) || NO.test(last('VirtualEthernet')))
  return {
    mounts: [
      ...all('Bind').map(bind => bindText(bind, true)),
      ...all('BindReadOnly').map(bind => bindText(bind, false))
    ],
    capabilities: capabilities.includes('ALL') ? ['ALL'] : capabilities,
    privileged: capabilities.includes('ALL') && users,
    shares: [
      ...(network ? (['network'] as const) : []),
      ...(users ? (['user'] as const) : [])
    ] satisfies Namespace[],
    unconfined: [],
    user: last('User') || undefined,
    command: last('Parameters'),
    env: all('Environment').map(value => value.split('=', 1)[0]!)
  }
}

const bindText = (bind: string, writes: boolean): string => {
  const [source = '', destination] = bind.split(':', 2)
  return mountText(source, destination || source, writes)
}
