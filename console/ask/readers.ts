import type { Action } from '../../src/documents/action.ts'
import type { Charter } from '../../src/documents/charter.ts'
import { contentChecksOf } from '../../src/modules/content-checks.ts'
import { quorumOf, reaches } from '../../src/trust/policy.ts'

/**
 * Primary fingerprints of those who can unlock the answers: the asker, who has the role `reader`, and, where the asker
 * alone does not reach the quorum, the investigators who may sign with him (the signers read what they signed).
 */
export const readersOf = (
  charter: Charter,
  asker: string,
  question: Pick<Action, 'disclosure' | 'operations'>
): string[] => {
  const inForce = charter.persons.filter(({ name }) => !charter.revoked.persons.includes(name))
  const own = inForce.find(({ keys }) => keys.some(({ fingerprint }) => fingerprint === asker))
  const standing = { weight: own?.roles.includes('investigator') ? own.weight : 0, persons: own ? 1 : 0 }
  const asked = { ...question, contentChecks: contentChecksOf(question.operations) }
  const alone = question.operations.every(operation => {
    const quorum = quorumOf(charter.policy, asked, operation)
    return quorum !== undefined && reaches(standing, quorum)
  })
  const reading = inForce.filter(
    person =>
      person === own || person.roles.includes('reader') || (!alone && person.roles.includes('investigator'))
  )
  return reading
    .flatMap(({ keys }) => keys)
    .map(({ fingerprint }) => fingerprint)
    .filter(fingerprint => !charter.revoked.keys.includes(fingerprint))
}
