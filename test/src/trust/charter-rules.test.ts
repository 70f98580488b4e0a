import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Charter } from '../../../src/documents/charter.ts'
import type { Role } from '../../../src/documents/vocabulary.ts'
import { checkCharterRules } from '../../../src/trust/charter-rules.ts'
import { SAMPLES } from '../../samples.ts'

type Someone = [name: string, ...roles: Role[]]
const KEY = (name: string) => Buffer.from(name.padEnd(20, '.')).toString('hex')
const person = ([name, ...roles]: Someone) => ({
  name,
  weight: 1,
  roles,
  keys: [{ fingerprint: KEY(name), key: 'AAAA' }]
})
const NOBODY = { persons: [], keys: [], grants: [], peers: [] }
const TWO: Someone[] = [
  ['anna', 'admin'],
  ['bert', 'admin'],
  ['joe', 'investigator']
]

const check = (persons: Someone[], change: Partial<Charter> = {}) =>
  checkCharterRules({
    ...SAMPLES['gumshoe/charter/1'],
    persons: persons.map(person),
    adminThreshold: 2,
    revoked: NOBODY,
    ...change
  })
const refuses = (why: RegExp, persons: Someone[], change: Partial<Charter> = {}) =>
  assert.throws(() => check(persons, change), { code: 'charter-invalid', message: why })

test('two admins who agree, and an investigator, make a charter', () => {
  check(TWO)
  check([...TWO, ['carl', 'admin']])
})

test('the threshold is more than half of the admins, and can be reached', () => {
  refuses(/more than half/, TWO, { adminThreshold: 1 })
  refuses(/more than half/, [...TWO, ['carl', 'admin'], ['dora', 'admin']])
  refuses(/fewer admins/, TWO, { adminThreshold: 3 })
  refuses(/nobody is an admin/, [['joe', 'investigator']])
})

test('who is revoked is no admin any more: a mesh does not lock itself out', () => {
  const three: Someone[] = [...TWO, ['carl', 'admin']]
  check(three, { revoked: { ...NOBODY, persons: ['anna'] } })
  check(three, { revoked: { ...NOBODY, keys: [KEY('anna')] } })
  refuses(/fewer admins/, TWO, { revoked: { ...NOBODY, persons: ['anna'] } })
  refuses(/fewer admins/, three, { revoked: { ...NOBODY, persons: ['anna'], keys: [KEY('bert')] } })
})

test('outside of a lab there are two admins, and nobody both commands and rules', () => {
  const alone: Someone[] = [['anna', 'admin']]
  refuses(/one admin alone/, alone, { adminThreshold: 1 })
  check(alone, { adminThreshold: 1, lab: true })
  const both: Someone[] = [...TWO.slice(0, 1), ['bert', 'admin', 'investigator']]
  refuses(/bert both commands and rules/, both)
  check(both, { lab: true })
})

test('the recovery key is nobody’s other key', () => {
  check(TWO, { recovery: { fingerprint: KEY('vault'), key: 'AAAA' } })
  refuses(/recovery key/, TWO, { recovery: { fingerprint: KEY('anna'), key: 'AAAA' } })
})

test('a charter ends after it begins', () => {
  refuses(/expires before/, TWO, { expires: SAMPLES['gumshoe/charter/1'].issued })
})
