import type { Charter, Person } from '../documents/charter.ts'
import type { Role } from '../documents/vocabulary.ts'

/** Whose primary key this is; undefined where the charter names nobody. */
export const ownerOf = (charter: Charter, fingerprint: string): Person | undefined =>
  charter.persons.find(({ keys }) => keys.some(key => key.fingerprint === fingerprint))

/** False where the charter revokes the person or this key. */
export const isInForce = ({ revoked }: Charter, person: Person, fingerprint: string): boolean =>
  !revoked.persons.includes(person.name) && !revoked.keys.includes(fingerprint)

export const hasRole = (person: Person, role: Role): boolean => person.roles.includes(role)

/** Admins with a key that is not revoked: those whose signatures can count. */
export const adminsInForce = (charter: Charter): Person[] =>
  charter.persons.filter(
    person =>
      hasRole(person, 'admin') &&
      person.keys.some(({ fingerprint }) => isInForce(charter, person, fingerprint))
  )
