import { z } from 'zod'
import { isReservedName } from './facts.ts'
import { bytesForm, idForm, msForm, peerForm, rawForm, setOf, tagForm, timeForm } from './vocabulary.ts'

/** A fact's name as a tag key would never be asked about: expressions read it as the fact. */
const grantedTagForm = tagForm.refine(tag => !isReservedName(tag.slice(0, tag.indexOf('='))), {
  message: 'a tag key is no name of a fact'
})

/** What an admin gives to hosts: signed by the admins' threshold; the tags are exact and come from nowhere else. */
export const grantSchema = z.strictObject({
  kind: z.literal('gumshoe/grant/1'),
  mesh: idForm,
  /** The Ed25519 enrolment key, raw; its private half is in the enrolment file. */
  enrolKey: bytesForm(32, 32),
  tags: setOf(grantedTagForm, 32),
  /** A leaf may not listen. */
  leaf: z.boolean(),
  issued: timeForm,
  /** The last moment at which a host may enrol. */
  notAfter: timeForm,
  /** For how many hosts it is meant; bootstrap nodes refuse more. */
  hosts: z.int().min(1).max(1_000_000)
})
export type Grant = z.infer<typeof grantSchema>

/** An agent's bond to a grant, signed first by the enrolment key, then by the agent's own key. */
export const membershipSchema = z.strictObject({
  kind: z.literal('gumshoe/membership/1'),
  mesh: idForm,
  grant: idForm,
  peer: peerForm,
  /** SHA-256(mesh ‖ machine id): the same agent on another machine is a clone. */
  machine: rawForm(32, 32),
  time: msForm
})
export type Membership = z.infer<typeof membershipSchema>
