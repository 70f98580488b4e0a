import { GumshoeError } from '../../src/errors.ts'
import type { Range } from '../../src/modules/lib/files/search-params.ts'
import { algorithmOf } from '../../src/modules/lib/match/hashes.ts'
import { bad, type Members } from './json.ts'

/** `<90d`, `>1m` → what a signed action holds. */
export const dated = (search: Members, name: string, parse: (value: string) => Range): Range[] | undefined =>
  search.texts(name)?.map((value, i) => {
    try {
      return parse(value)
    } catch (error) {
      if (!(error instanceof GumshoeError)) throw error
      throw bad(`${search.at(name)}[${i}]`, error.message.replace(/^--\S+ /, '').replace(/\.$/, ''))
    }
  })

export const checkedHashes = (
  search: Members,
  family: 'md5' | 'sha1' | 'sha2' | 'sha3'
): string[] | undefined =>
  distinct(
    search.texts(family)?.map((value, i) => {
      const hash = value.toLowerCase()
      if (!/^[0-9a-f]+$/.test(hash) || algorithmOf(family, hash) === undefined)
        throw bad(`${search.at(family)}[${i}]`, `this is no ${family}`)
      return hash
    })
  )

const distinct = (list: string[] | undefined): string[] | undefined => list && [...new Set(list)]

const IN_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000
}

/** A duration as Go writes it, `1m30s`, in whole ms. */
export const goDuration = (text: string, place: string): number => {
  const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)]
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text)
    throw bad(place, 'a duration is like 5s, 1m30s or 500ms')
  return Math.round(parts.reduce((sum, [, number, unit]) => sum + Number(number) * IN_MS[unit!]!, 0))
}
