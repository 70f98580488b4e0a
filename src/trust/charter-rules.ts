import { parseTime } from '../clock.ts'
import type { Charter } from '../documents/charter.ts'
import { GumshoeError } from '../errors.ts'
import { adminsInForce, hasRole } from './persons.ts'

/**
 * What a charter must hold by itself, whoever signed it: the admins' threshold is more than half of those in force, and
 * they can reach it; outside of a lab there are two admins at least and nobody both commands and rules. Throws
 * `charter-invalid`.
 */
export const checkCharterRules = (charter: Charter): void => {
  const admins = adminsInForce(charter)
  const invalid = (why: string) =>
    new GumshoeError('charter-invalid', `Version ${charter.version} of the charter: ${why}.`)
  if (parseTime(charter.expires) <= parseTime(charter.issued)) throw invalid('it expires before it is issued')
  if (admins.length === 0) throw invalid('nobody is an admin')
  if (charter.adminThreshold > admins.length) throw invalid('there are fewer admins than its threshold')
  if (charter.adminThreshold * 2 <= admins.length)
    throw invalid('the threshold is not more than half of the admins')
  const keys = charter.persons.flatMap(person => person.keys)
  if (keys.some(({ fingerprint }) => fingerprint === charter.recovery?.fingerprint))
    throw invalid('the recovery key is also the key of a person')
  if (charter.lab) return
  if (admins.length < 2) throw invalid('one admin alone is for labs only')
  const both = admins.find(person => hasRole(person, 'investigator'))
  if (both) throw invalid(`${both.name} both commands and rules, which is for labs only`)
}
