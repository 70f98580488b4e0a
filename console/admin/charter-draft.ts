import { count } from '../../src/cli/count.ts'
import { formatTime, parseTime } from '../../src/clock.ts'
import { toBase64 } from '../../src/codec.ts'
import type { Charter, Person, Policy } from '../../src/documents/charter.ts'
import { asSet, type Role } from '../../src/documents/vocabulary.ts'
import { GumshoeError } from '../../src/errors.ts'
import { LIMITS } from '../../src/limits.ts'
import type { PublicKeyInput } from '../../src/trust/pgp.ts'

type Kinded = Charter & { kind: 'gumshoe/charter/1' }
export type Node = Charter['nodes'][number]

export interface FirstCharter {
  readonly name: string
  readonly now: number
  readonly expires: number
  readonly lab: boolean
  readonly persons: readonly Person[]
  readonly adminThreshold: number
  readonly recovery?: PublicKeyInput
  readonly nodes: readonly Node[]
  readonly topicKeys: readonly string[]
  readonly policy: Policy
}

const usage = (message: string, fix?: string): GumshoeError =>
  new GumshoeError('usage', message, fix === undefined ? {} : { fix })

/** A person as the charter writes it. */
export const person = (
  name: string,
  keys: readonly PublicKeyInput[],
  weight: number,
  roles: readonly Role[]
): Person => ({
  name,
  keys: keys.map(charterKey).sort(byFingerprint),
  weight,
  roles: asSet(roles) as Role[]
})

export const charterKey = (key: PublicKeyInput) => ({
  fingerprint: key.fingerprint,
  key: toBase64(key.bytes)
})

const byFingerprint = (a: { fingerprint: string }, b: { fingerprint: string }) =>
  a.fingerprint < b.fingerprint ? -1 : 1
const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)

/** Version 1, still without its inventory wraps and signatures. Throws `usage` where it breaks a rule of the house. */
export const firstCharter = (input: FirstCharter, inventory: Charter['inventory']): Kinded => {
  const charter: Kinded = {
    kind: 'gumshoe/charter/1',
    name: input.name,
    version: 1,
    issued: formatTime(input.now),
    expires: formatTime(input.expires),
    lab: input.lab,
    persons: [...input.persons].sort(byName),
    adminThreshold: input.adminThreshold,
    ...(input.recovery && { recovery: charterKey(input.recovery) }),
    nodes: [...input.nodes].sort(byName),
    topicKeys: asSet(input.topicKeys),
    policy: input.policy,
    inventory,
    revoked: { persons: [], keys: [], grants: [], peers: [] }
  }
  checkHouseRules(charter)
  return charter
}

/** The next version with these members changed; it keeps the same end unless `expires` (ms) says another. */
export const nextCharter = (
  current: { readonly charter: Charter; readonly id: string },
  change: Partial<Omit<Charter, 'kind' | 'mesh' | 'version' | 'previous' | 'issued' | 'expires'>>,
  times: { readonly now: number; readonly expires?: number }
): Kinded => {
  const { charter, id } = current
  const next: Kinded = {
    ...charter,
    ...change,
    kind: 'gumshoe/charter/1',
    mesh: charter.mesh ?? id,
    version: charter.version + 1,
    previous: id,
    issued: formatTime(times.now),
    expires: times.expires === undefined ? charter.expires : formatTime(times.expires)
  }
  next.persons = [...next.persons].sort(byName)
  next.nodes = [...next.nodes].sort(byName)
  if (parseTime(next.expires) <= times.now)
    throw new GumshoeError('charter-expired', `The charter ends at ${next.expires}.`, {
      fix: 'Give the next version a later end: --expires 1y.'
    })
  checkHouseRules(next)
  return next
}

/** The persons with one more, or with one more key, role or another weight for who is there already. */
export const withPerson = (
  persons: readonly Person[],
  added: { name: string; key: PublicKeyInput; weight?: number; roles: readonly Role[] }
): Person[] => {
  const old = persons.find(({ name }) => name === added.name)
  const keys = (old?.keys ?? []).filter(key => key.fingerprint !== added.key.fingerprint)
  const made: Person = {
    name: added.name,
    keys: [...keys, charterKey(added.key)].sort(byFingerprint),
    weight: added.weight ?? old?.weight ?? 1,
    roles: asSet([...(old?.roles ?? []), ...added.roles]) as Role[]
  }
  return [...persons.filter(({ name }) => name !== added.name), made]
}

/** Admins who are in force: neither they nor all of their keys are revoked. */
export const adminsInForce = ({ persons, revoked }: Pick<Charter, 'persons' | 'revoked'>): Person[] =>
  persons.filter(
    ({ name, roles, keys }) =>
      roles.includes('admin') &&
      !revoked.persons.includes(name) &&
      keys.some(key => !revoked.keys.includes(key.fingerprint))
  )

/** What a charter must hold beyond its form; `--lab` waives what only matters where people don't trust each other. */
export const checkHouseRules = (charter: Charter): void => {
  const names = charter.persons.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw usage(`There are two persons named ${twice}.`)
  const keys = charter.persons.flatMap(({ keys }) => keys.map(({ fingerprint }) => fingerprint))
  const shared = keys.find((key, i) => keys.indexOf(key) !== i)
  if (shared !== undefined)
    throw usage(`The key ${shared} belongs to two persons; one person may have two roles with --lab.`)
  const admins = adminsInForce(charter)
  if (charter.adminThreshold > admins.length)
    throw usage(
      `${charter.adminThreshold} admins must sign, but there are only ${admins.length} in force.`,
      'Add an admin first, or lower --threshold.'
    )
  if (charter.adminThreshold * 2 <= admins.length)
    throw usage(
      `${charter.adminThreshold} of ${admins.length} admins is not more than half; see --threshold.`
    )
  if (charter.lab) return
  if (admins.length < 2)
    throw usage(
      'A mesh has two or three admins, so that no one can change it alone, or be the only one who can.',
      'Ask the others for their public keys: --admin NAME=KEYFILE; one alone only with --lab.'
    )
  const both = charter.persons.find(({ roles }) => roles.includes('admin') && roles.includes('investigator'))
  if (both !== undefined)
    throw usage(
      `${both.name} would change the rules and ask the questions with one key.`,
      'Use a key of its own for each role and two names; one key in both roles only with --lab.'
    )
}

/** When a screen begins to warn: the charter's end or a person's key's, within 30 days. */
export const expiryWarnings = (
  charter: Charter,
  keyEnds: readonly { readonly name: string; readonly fingerprint: string; readonly expires?: number }[],
  now: number
): string[] => {
  const soon = (at: number) => at - now < LIMITS.expiryWarningMs
  const left = (at: number) =>
    at <= now ? 'has ended' : `ends in ${count(Math.ceil((at - now) / 86_400_000), 'day')}`
  const warnings: string[] = []
  const end = parseTime(charter.expires)
  if (soon(end))
    warnings.push(`The charter ${left(end)} (${charter.expires}): gumshoe mesh policy --expires 1y.`)
  for (const { name, fingerprint, expires } of keyEnds)
    if (expires !== undefined && soon(expires))
      warnings.push(`The key ${fingerprint} of ${name} ${left(expires)}: prolong it, then gumshoe mesh add.`)
  return warnings
}
