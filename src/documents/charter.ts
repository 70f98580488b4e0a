import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { isReservedName } from './facts.ts'
import {
  bytesForm,
  countForm,
  type DISCLOSURES,
  distinct,
  fingerprintForm,
  idForm,
  moduleForm,
  nameForm,
  peerForm,
  RISKS,
  ROLES,
  setOf,
  textForm,
  timeForm
} from './vocabulary.ts'

/** An OpenPGP public key of a person: the binary transferable key, named by its primary fingerprint. */
const keySchema = z.strictObject({ fingerprint: fingerprintForm, key: bytesForm(32 * 1024) })

const personSchema = z.strictObject({
  name: nameForm,
  keys: z.array(keySchema).min(1).max(8),
  weight: z.int().min(0).max(100),
  roles: setOf(z.enum(ROLES), ROLES.length)
})

const quorumSchema = z.strictObject({
  weight: z.int().min(1).max(1000),
  persons: z.int().min(1).max(LIMITS.signatures),
  /** True where a note with a reason must come along. */
  reason: z.boolean()
})

/** Ceilings on a run; what is absent falls to the module's spec. */
export const limitsSchema = z.strictObject({
  wallMs: countForm.optional(),
  cpuMs: countForm.optional(),
  memoryMiB: countForm.optional(),
  rows: countForm.optional(),
  outputBytes: countForm.optional(),
  readBytes: countForm.optional(),
  entries: countForm.optional()
})
export type RunLimits = z.infer<typeof limitsSchema>

const ruleSchema = z.strictObject({
  module: moduleForm,
  risk: z.enum(RISKS),
  /** The quorum of each disclosure; an absent disclosure is not allowed. */
  quorum: z.strictObject({
    match: quorumSchema.optional(),
    hashed: quorumSchema.optional(),
    clear: quorumSchema.optional()
  } satisfies Record<(typeof DISCLOSURES)[number], unknown>),
  /** The largest part of the fleet, in ppm, that an action may touch. */
  ceilingPpm: z.int().min(1).max(1_000_000),
  limits: limitsSchema
})
export type PolicyRule = z.infer<typeof ruleSchema>
export type Quorum = z.infer<typeof quorumSchema>

export const policySchema = z.strictObject({
  /** What is not listed is refused. */
  modules: z
    .array(ruleSchema)
    .max(64)
    .refine(rules => distinct(rules.map(rule => rule.module)), 'each module has one rule'),
  windowMaxS: z
    .int()
    .min(60)
    .max(LIMITS.windowMaxMs / 1000),
  respondWindowMaxS: z
    .int()
    .min(60)
    .max(LIMITS.windowMaxMs / 1000),
  /** Actions of one person that a host takes in ten minutes. */
  personActionsPer10Min: z.int().min(1).max(10_000),
  retentionDays: z.int().min(1).max(3_650)
})
export type Policy = z.infer<typeof policySchema>

/** A tag key is no fact and no word of the target grammar, or an expression would mean something else (design 6). */
const tagKeyForm = nameForm.refine(name => !isReservedName(name), 'a tag key is no name of a fact')

/** The mesh's constitution: who may ask what, who keeps, who is revoked. Every version is kept (design 3). */
export const charterSchema = z.strictObject({
  kind: z.literal('gumshoe/charter/1'),
  /** The id of version 1; absent in version 1 itself. */
  mesh: idForm.optional(),
  name: nameForm,
  version: z.int().min(1).max(1_000_000),
  previous: idForm.optional(),
  issued: timeForm,
  expires: timeForm,
  /** True where one admin or one key in two roles was allowed: every screen shows it. */
  lab: z.boolean(),
  persons: z
    .array(personSchema)
    .min(1)
    .max(256)
    .refine(persons => distinct(persons.map(person => person.name)), 'each person has a name of their own')
    // A key under two names would make one hand count as two in a quorum (threats.md, T5).
    .refine(
      persons => distinct(persons.flatMap(person => person.keys.map(key => key.fingerprint))),
      'each key belongs to one person'
    ),
  adminThreshold: z.int().min(1).max(LIMITS.signatures),
  recovery: keySchema.optional(),
  nodes: z
    .array(
      z.strictObject({ name: nameForm, peer: peerForm, addresses: z.array(textForm(512)).min(1).max(8) })
    )
    .max(32)
    .refine(
      nodes => distinct(nodes.map(node => node.name)) && distinct(nodes.map(node => node.peer)),
      'each node has a name and a peer id of its own'
    ),
  /** Tag keys whose `key=value` form topics. */
  topicKeys: setOf(tagKeyForm, 32),
  policy: policySchema,
  /** The key that facts are sealed to, and its private half, encrypted by OpenPGP to each person (by name). */
  inventory: z.strictObject({
    key: bytesForm(32, 32),
    wraps: z.array(z.strictObject({ reader: fingerprintForm, box: bytesForm(8 * 1024) })).max(512)
  }),
  revoked: z.strictObject({
    persons: setOf(nameForm, 4096),
    keys: setOf(fingerprintForm, 4096),
    grants: setOf(idForm, 4096),
    peers: setOf(peerForm, 65_536)
  }),
  /** Free words of the admins about this version. */
  note: textForm(2_000).optional()
})
export type Charter = z.infer<typeof charterSchema>
export type Person = z.infer<typeof personSchema>
