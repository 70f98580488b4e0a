import type { Charter, Policy, PolicyRule, Quorum } from '../../src/documents/charter.ts'
import {
  asSet,
  DISCLOSURES,
  type Disclosure,
  idForm,
  peerForm,
  type Role
} from '../../src/documents/vocabulary.ts'
import { GumshoeError } from '../../src/errors.ts'
import type { ModuleSpec } from '../../src/modules/spec.ts'
import { moduleId } from '../../src/modules/spec.ts'
import type { CharterChange } from './change-mesh.ts'
import { withPerson } from './charter-draft.ts'
import { gatherNodes, parseNode, parsePerson, resolveKey } from './create-mesh.ts'
import { defaultRule } from './default-policy.ts'

/** What `mesh add`, `mesh revoke` and `mesh policy` mean, as changes of a charter. */

const usage = (message: string): GumshoeError => new GumshoeError('usage', message)
const notFound = (message: string): GumshoeError => new GumshoeError('not-found', message)

export const addPerson =
  (home: string, text: string, role: Role) =>
  async (charter: Charter): Promise<CharterChange> => {
    const typed = parsePerson(text, `mesh add ${role}`)
    const key = await resolveKey(home, typed.key)
    if (charter.revoked.persons.includes(typed.name))
      throw new GumshoeError('revoked', `${typed.name} is revoked, for good; give the person another name.`)
    if (charter.revoked.keys.includes(key.fingerprint))
      throw new GumshoeError('revoked', `The key ${key.fingerprint} is revoked, for good.`)
    const added = { name: typed.name, key, roles: [role] }
    const weight = typed.weight ?? (role === 'investigator' ? undefined : 0)
    const known = charter.persons.some(({ name }) => name === typed.name)
    const persons = withPerson(charter.persons, {
      ...added,
      ...(weight !== undefined && (!known || typed.weight !== undefined) && { weight })
    })
    if (JSON.stringify(persons) === JSON.stringify(charter.persons))
      throw new GumshoeError('known', `${typed.name} is ${role} with this key already.`)
    return { persons }
  }

/** A new node, or another address of one that is there. */
export const addNode =
  (text: string) =>
  (charter: Charter): CharterChange => ({
    nodes: gatherNodes([...charter.nodes, parseNode(text, charter.nodes.length)])
  })

export type RevokedKind = 'agent' | 'grant' | 'person' | 'key' | 'bootstrap'

/** Revoking is for good; it throws where there is no such thing, so that a slip of the fingers doesn't pass for safety. */
export const revoke =
  (kind: RevokedKind, name: string) =>
  (charter: Charter): CharterChange => {
    const more = (list: keyof Charter['revoked'], value: string): CharterChange => {
      if (charter.revoked[list].includes(value))
        throw new GumshoeError('known', `${value} is revoked already.`)
      return { revoked: { ...charter.revoked, [list]: asSet([...charter.revoked[list], value]) } }
    }
    if (kind === 'agent') {
      if (!peerForm.safeParse(name).success)
        throw usage('An agent is named by its whole peer id; gumshoe agents --json shows it.')
      return more('peers', name)
    }
    if (kind === 'grant') {
      if (!idForm.safeParse(name).success)
        throw usage('A grant is named by its id of 64 hex digits; gumshoe agents --json shows it.')
      return more('grants', name)
    }
    if (kind === 'person') {
      if (!charter.persons.some(person => person.name === name))
        throw notFound(`The charter names no ${name}.`)
      return more('persons', name)
    }
    if (kind === 'key') {
      const wanted = name.toLowerCase()
      const keys = charter.persons.flatMap(({ keys }) => keys).filter(key => key.fingerprint === wanted)
      if (keys.length === 0) throw notFound(`The charter names no key ${wanted}; give the full fingerprint.`)
      return more('keys', wanted)
    }
    const nodes = charter.nodes.filter(node => node.name !== name && node.peer !== name)
    if (nodes.length === charter.nodes.length) throw notFound(`The charter names no bootstrap node ${name}.`)
    return { nodes }
  }

export interface PolicyFlags {
  /** `file/1.clear=3,2,reason`: weight, persons, reason; `file/1.clear=off` forbids it. */
  readonly set: readonly string[]
  /** `file/1=5`: the largest part of the fleet in percent. */
  readonly ceiling: readonly string[]
  /** Modules that become allowed with the rule of their class, and modules that are refused from now on. */
  readonly allow: readonly string[]
  readonly forbid: readonly string[]
  readonly windowMaxMs?: number
  readonly retentionDays?: number
  readonly rate?: number
  readonly threshold?: number
  readonly topics?: readonly string[]
  readonly note?: string
  readonly modules: readonly Pick<ModuleSpec, 'name' | 'major' | 'risk'>[]
}

/** What is not said of the reason stays as it was. */
const parseQuorum = (text: string, whole: string, before: Quorum | undefined): Quorum | undefined => {
  if (text === 'off') return undefined
  const match = /^([0-9]{1,4})(?:,([0-9]))?(,reason|,no-reason)?$/.exec(text)
  if (match === null)
    throw usage(
      `--set ${JSON.stringify(whole)}: write MODULE.LEVEL=WEIGHT,PERSONS[,reason|,no-reason] or =off.`
    )
  const reason = match[3] === undefined ? (before?.reason ?? false) : match[3] === ',reason'
  return { weight: Number(match[1]), persons: Number(match[2] ?? 1), reason }
}

const editRule = (
  modules: PolicyRule[],
  name: string,
  edit: (rule: PolicyRule) => PolicyRule
): PolicyRule[] => {
  if (!modules.some(({ module }) => module === name))
    throw notFound(`The policy has no rule for ${name}; see --allow.`)
  return modules.map(rule => (rule.module === name ? edit(rule) : rule))
}

const editedRules = (policy: Policy, flags: PolicyFlags): PolicyRule[] => {
  let modules = policy.modules.filter(({ module }) => !flags.forbid.includes(module))
  for (const name of flags.allow) {
    const spec = flags.modules.find(known => moduleId(known) === name)
    if (spec === undefined) throw new GumshoeError('unknown-module', `This program knows no module ${name}.`)
    if (!modules.some(({ module }) => module === name)) modules.push(defaultRule(spec))
  }
  for (const text of flags.set) {
    const match = /^([a-z0-9._-]+\/[0-9]+)\.([a-z]+)=(.+)$/.exec(text)
    const level = match?.[2] as Disclosure
    if (match === null || !DISCLOSURES.includes(level))
      throw usage(`--set ${JSON.stringify(text)}: write for example file/1.clear=3,2,reason.`)
    modules = editRule(modules, match[1]!, rule => {
      const { [level]: before, ...others } = rule.quorum
      const quorum = parseQuorum(match[3]!, text, before)
      return { ...rule, quorum: quorum === undefined ? others : { ...others, [level]: quorum } }
    })
  }
  for (const text of flags.ceiling) {
    const match = /^([a-z0-9._-]+\/[0-9]+)=([0-9.]+)%?$/.exec(text)
    const ppm = Math.round(Number(match?.[2]) * 10_000)
    if (match === null || !(ppm >= 1 && ppm <= 1_000_000))
      throw usage(`--ceiling ${JSON.stringify(text)}: write for example file/1=5%.`)
    modules = editRule(modules, match[1]!, rule => ({ ...rule, ceilingPpm: ppm }))
  }
  return modules.sort((a, b) => (a.module < b.module ? -1 : 1))
}

export const editPolicy =
  (flags: PolicyFlags) =>
  (charter: Charter): CharterChange => ({
    policy: {
      ...charter.policy,
      modules: editedRules(charter.policy, flags),
      ...(flags.windowMaxMs !== undefined && { windowMaxS: flags.windowMaxMs / 1_000 }),
      ...(flags.retentionDays !== undefined && { retentionDays: flags.retentionDays }),
      ...(flags.rate !== undefined && { personActionsPer10Min: flags.rate })
    },
    ...(flags.threshold !== undefined && { adminThreshold: flags.threshold }),
    ...(flags.topics !== undefined && { topicKeys: asSet(flags.topics) }),
    ...(flags.note !== undefined && { note: flags.note })
  })
