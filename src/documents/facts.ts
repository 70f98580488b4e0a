import { z } from 'zod'
import { DISCLOSURES, moduleForm, setOf } from './vocabulary.ts'

/** A word of the host about itself: bounded, but otherwise as the host says it, so screens show it through safe-text only. */
const wordForm = z.string().min(1).max(255)

/** How tightly a module's child is held: `full` Landlock and rlimits, `reduced` what an older kernel gives, `none`. */
export const FENCES = ['full', 'reduced', 'none'] as const

/**
 * What a host says about itself, sealed in its presence to the charter's inventory key. It is the agent's word and proves
 * nothing: tags come from the grant, facts only choose among hosts (threats.md, T9).
 */
export const factsSchema = z.strictObject({
  /** The grammar of target expressions that this host judges by. */
  grammar: z.literal(1),
  /** `linux`, `darwin`, `windows`, … */
  os: wordForm,
  /** As Node names it: `x64`, `arm64`, … */
  arch: wordForm,
  /** `ID` of os-release: `debian`, `rhel`, … */
  distribution: wordForm.optional(),
  /** `VERSION_ID` of os-release: `12`, `9.4`, … */
  distributionVersion: wordForm.optional(),
  /** `uname -r`; absent where the agent answers for a file system only (--root). */
  kernel: wordForm.optional(),
  /** In lower case. */
  hostname: wordForm.optional(),
  /** Addresses of its interfaces without loopback, sorted: at most 64 of them. */
  addresses: setOf(z.string().max(45), 64),
  /** Of the agent. */
  version: wordForm,
  /** Modules that its owner lets run: `file/1`, … */
  modules: setOf(moduleForm, 64),
  /** Disclosures that its owner lets leave. */
  disclosures: setOf(z.enum(DISCLOSURES), DISCLOSURES.length),
  fence: z.enum(FENCES),
  /** True where it answers for the file system under --root instead of its own machine. */
  rooted: z.boolean(),
  /** False where it runs without the rights to read everything. */
  privileged: z.boolean()
})
export type Facts = z.infer<typeof factsSchema>

/** What may be asked of a fact: equality and globs (`word`), order (`version`), networks (`address`), peer ids (`peer`). */
export type FactType = 'word' | 'version' | 'address' | 'peer'

interface FactEntry {
  readonly type: FactType
  readonly doc: string
  readonly example: string
  /** The values on one host; none where it is missing. */
  readonly of: (host: TargetHost) => readonly string[]
}

/** A host as a target expression sees it: its tags from the grant, its facts from its own word. */
export interface TargetHost {
  readonly peer: string
  readonly tags: readonly string[]
  /** Absent where they are not known (a node, or a console without the inventory key). */
  readonly facts?: Facts
}

const fact = (
  type: FactType,
  doc: string,
  example: string,
  of: (facts: Facts) => readonly string[] | string | undefined
): FactEntry => ({
  type,
  doc,
  example,
  of: host => {
    const value = host.facts === undefined ? undefined : of(host.facts)
    return value === undefined ? [] : typeof value === 'string' ? [value] : value
  }
})

/**
 * The closed list of facts of grammar 1. Names that are not here are tag keys, so the charter and grants refuse these as
 * tag keys; a new name is a new grammar (agents of the old one would read it as a tag and answer another question).
 */
export const FACT_NAMES = {
  arch: fact('word', 'processor architecture', 'arch=arm64', f => f.arch),
  distribution: fact('word', 'distribution (ID of os-release)', 'distribution=debian', f => f.distribution),
  'distribution-version': fact(
    'version',
    'version of the distribution (VERSION_ID of os-release)',
    'distribution-version<12',
    f => f.distributionVersion
  ),
  fence: fact('word', 'how a module is held: full, reduced or none', 'fence=full', f => f.fence),
  hostname: fact('word', 'host name, in lower case', 'hostname~"web-*"', f => f.hostname),
  id: {
    type: 'peer',
    doc: 'peer id of the agent: its identity, not its word',
    example: 'id in (12D3KooWEqnTdgDrm7WGUf9UGNQsDQhLaJ9zUbkyFSJtbBnLDQzB)',
    of: host => [host.peer]
  },
  ip: fact('address', 'any address of its interfaces', 'ip in 10.0.0.0/8', f => f.addresses),
  kernel: fact('version', 'release of the kernel (uname -r)', 'kernel<6.1', f => f.kernel),
  module: fact('word', 'a module that its owner lets run', 'module=file/1', f => f.modules),
  os: fact('word', 'operating system: linux, darwin, windows', 'os=linux', f => f.os),
  version: fact('version', 'version of the agent', 'version<2.1', f => f.version)
} as const satisfies Record<string, FactEntry>

export type FactName = keyof typeof FACT_NAMES

export const isFactName = (name: string): name is FactName => Object.hasOwn(FACT_NAMES, name)

/** Words of the grammar itself: neither tags nor facts. */
export const KEYWORDS: readonly string[] = ['all', 'and', 'answered', 'found', 'in', 'not', 'or']

/** True where a name can't be a tag key, because an expression would read it as something else. */
export const isReservedName = (name: string): boolean => isFactName(name) || KEYWORDS.includes(name)
