import { count } from '../../src/cli/count.ts'
import { parseTime } from '../../src/clock.ts'
import { fromBase64 } from '../../src/codec.ts'
import type { Charter } from '../../src/documents/charter.ts'
import type { Grant } from '../../src/documents/grant.ts'
import { LIMITS } from '../../src/limits.ts'
import { readPublicKey } from '../../src/trust/pgp.ts'
import { expiryWarnings } from './charter-draft.ts'

/** What ends soon, of the charter with its policy and of the keys of persons in force; from 30 days before. */
export const warningsOf = async (charter: Charter, now: number): Promise<string[]> => {
  const ends: { name: string; fingerprint: string; expires?: number }[] = []
  for (const { name, keys } of charter.persons) {
    if (charter.revoked.persons.includes(name)) continue
    for (const { fingerprint, key } of keys) {
      if (charter.revoked.keys.includes(fingerprint)) continue
      const { expires } = await readPublicKey(fromBase64(key))
      ends.push({ name, fingerprint, ...(expires !== undefined && { expires }) })
    }
  }
  return expiryWarnings(charter, ends, now)
}

/** Grants that end soon. One that was made for some days is no surprise: hosts stay enrolled, and only new ones need another. */
export const grantWarnings = (
  grants: readonly { readonly id: string; readonly grant: Pick<Grant, 'issued' | 'notAfter'> }[],
  now: number
): string[] =>
  grants.flatMap(({ id, grant }) => {
    const end = parseTime(grant.notAfter)
    const isLong = end - parseTime(grant.issued) > LIMITS.expiryWarningMs
    if (!isLong || end <= now || end - now >= LIMITS.expiryWarningMs) return []
    const left = count(Math.ceil((end - now) / 86_400_000), 'day')
    return [
      `The grant ${id.slice(0, 8)} lets hosts enrol for ${left} more (${grant.notAfter}): gumshoe enrol.`
    ]
  })

/** Grants by which more hosts have enrolled than they say: nodes that were apart counted alone (docs/adr/0013). */
export const overfullWarnings = (
  enrolled: readonly { readonly grant: string; readonly document: Pick<Grant, 'hosts'> }[]
): string[] =>
  [...Map.groupBy(enrolled, ({ grant }) => grant)].flatMap(([id, hosts]) => {
    const { hosts: most } = hosts[0]!.document
    if (hosts.length <= most) return []
    return [
      `The grant ${id.slice(0, 8)} is for ${count(most, 'host')}, and ${hosts.length} have enrolled by it, at nodes that were apart: gumshoe agents shows them, gumshoe mesh revoke puts them out.`
    ]
  })

/** What the policy allows on paper only: nobody in force reaches it, not even all of them together. */
export const unreachableRules = ({ persons, policy, revoked }: Charter): string[] => {
  const able = persons.filter(
    ({ name, roles, weight }) =>
      roles.includes('investigator') && weight > 0 && !revoked.persons.includes(name)
  )
  const weight = able.reduce((sum, person) => sum + person.weight, 0)
  return policy.modules.flatMap(({ module, quorum }) =>
    Object.entries(quorum).flatMap(([level, wanted]) =>
      wanted.weight > weight || wanted.persons > able.length
        ? [
            `Nobody can ask ${module} at ${level}: it takes weight ${wanted.weight} of ${count(wanted.persons, 'person')}, and all investigators together have weight ${weight} and are ${able.length}.`
          ]
        : []
    )
  )
}

const told = new WeakMap<object, Set<string>>()

/** Those of the lines that were not told to this one before: a command says each once, whatever it does. */
export const notYetTold = (whom: object, lines: readonly string[]): string[] => {
  const before = told.get(whom) ?? new Set<string>()
  told.set(whom, before)
  return lines.filter(line => !before.has(line) && before.add(line))
}
