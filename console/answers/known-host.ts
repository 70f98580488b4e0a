import type { Facts } from '../../src/documents/facts.ts'

/** A host as the mesh knows it: tags decided by its enrolment, facts by its own word. */
export interface KnownHost {
  readonly peer: string
  /** Host name where it says one, with the end of its peer id where another says the same; else that end alone. Harmless on a screen. */
  readonly name: string
  readonly tags: readonly string[]
  /** Id of the grant that it enrolled by: what `mesh revoke grant` takes. */
  readonly grant: string
  readonly facts?: Facts
  readonly version: string
  readonly charter: number
  readonly time: number
  readonly state: 'up' | 'leaving' | 'rolled-back'
  /** Heard of within the last minutes, and not gone from every node since. */
  readonly connected: boolean
  readonly addresses: readonly string[]
  /** Another host says the same name. */
  readonly doubled: boolean
  /** When two machines were last seen to speak as this one. */
  readonly clonedAt?: number
  /** Where its chain of answers ends, by its own word. */
  readonly head?: { readonly seq: number; readonly id: string }
}

/** Who may answer, and who of them has said what about itself. */
export interface Fleet {
  readonly hosts: readonly KnownHost[]
  /** Peer ids of every agent in force, also of one that was never heard. */
  readonly members: ReadonlySet<string>
}
