import { arch, hostname, networkInterfaces, release } from 'node:os'
import { VERSION } from '../src/cli/program.ts'
import { type Facts, factsSchema } from '../src/documents/facts.ts'
import { asSet, DISCLOSURES } from '../src/documents/vocabulary.ts'
import { MODULES } from '../src/modules/index.ts'
import { type ModuleSpec, moduleId } from '../src/modules/spec.ts'
import type { Fence } from '../src/run/fence.ts'
import type { HostSettings } from '../src/trust/gate-context.ts'
import { isHeldEnough } from '../src/trust/held.ts'
import { readHostText } from './host-text.ts'

/** `KEY=value` lines of os-release, without quotes. */
const osRelease = (root: string): Record<string, string> => {
  const text = readHostText(root, '/etc/os-release') ?? readHostText(root, '/usr/lib/os-release') ?? ''
  return Object.fromEntries(
    [...text.matchAll(/^([A-Z_]+)=["']?(.*?)["']?$/gm)].map(match => [match[1]!, match[2]!])
  )
}

const addresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap(list => list ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address)

/** What this host says about itself; with a root other than `/`, what the files below it say (no kernel, no addresses). */
export const gatherFacts = (root: string, settings: HostSettings, fence: Fence): Facts => {
  const rooted = root !== '/'
  const release_ = osRelease(root)
  const name = rooted ? readHostText(root, '/etc/hostname')?.trim() : hostname()
  const word = (text: string | undefined) => (text ? text.slice(0, 255) : undefined)
  const facts = {
    grammar: 1 as const,
    os: process.platform === 'win32' ? 'windows' : process.platform,
    arch: arch(),
    distribution: word(release_['ID']),
    distributionVersion: word(release_['VERSION_ID']),
    kernel: rooted ? undefined : release(),
    hostname: word(name?.toLowerCase()),
    addresses: rooted ? [] : asSet(addresses()).slice(0, 64),
    version: VERSION,
    modules: asSet(MODULES.filter(spec => runsHere(spec, settings, fence)).map(moduleId)),
    disclosures: asSet(
      DISCLOSURES.filter(disclosure => !settings.disclosuresOff.includes(disclosure))
    ) as Facts['disclosures'],
    fence,
    rooted,
    privileged: canReadAll()
  }
  return factsSchema.parse(
    Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
  )
}

/** Whether the owner lets a module run, by its own risk; what the charter says beside it only the gate knows. */
export const runsHere = (
  spec: Pick<ModuleSpec, 'name' | 'major' | 'risk'>,
  settings: HostSettings,
  fence: Fence
): boolean =>
  !settings.modulesOff.includes(moduleId(spec)) && isHeldEnough(settings, moduleId(spec), [spec.risk], fence)

/** CAP_DAC_READ_SEARCH or CAP_DAC_OVERRIDE, which root has unless they were taken. */
export const canReadAll = (): boolean => hasOneOf((1n << 2n) | (1n << 1n))

/** CAP_SYS_PTRACE, likewise. */
export const canLookIntoAll = (): boolean => hasOneOf(1n << 19n)

const hasOneOf = (rights: bigint): boolean => {
  const status = readHostText('/', '/proc/self/status')
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1]
  return effective === undefined ? process.getuid?.() === 0 : (BigInt(`0x${effective}`) & rights) !== 0n
}
