import type { PackageKind } from '../versions/compare.ts'

/** What a fact is about: a file by its path, anything else by its name. */
export type Thing = { readonly path: Buffer } | { readonly name: Buffer }

/** One value that a test judges. It never leaves the host. */
export interface Fact {
  readonly thing: Thing
  readonly value: string
  /** Whose rules order its versions. */
  readonly kind?: PackageKind
}

/** What an object has yielded; not `whole` where something of it could not be looked at. */
export interface Facts {
  readonly facts: readonly Fact[]
  readonly whole: boolean
}

/** Values of one object: what comes after is not looked at, which is told. */
export const FACTS = 10_000

/** A value of a file that is longer is none that a test is about. */
export const VALUE = 4_096

export const thingKey = (thing: Thing): string =>
  'path' in thing ? `path ${thing.path.toString('latin1')}` : `name ${thing.name.toString('latin1')}`

/** Facts of one thing as one, their values joined. */
export const concatFacts = (facts: readonly Fact[], between: string): Fact[] =>
  [...Map.groupBy(facts, ({ thing }) => thingKey(thing)).values()].map(group => ({
    ...group[0]!,
    value: group.map(({ value }) => value).join(between)
  }))
