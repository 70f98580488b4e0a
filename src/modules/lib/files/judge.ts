import type { WalkedFile } from '../host/walked.ts'
import type { Scanned } from '../match/views.ts'
import type { CompiledSearch } from './search.ts'

/** How one search stands to one file: whether it holds, or the checks that do; `unknown` where too little could be seen. */
export interface Judgement {
  readonly holds: boolean
  /** Labels of the checks that hold, with `any`. */
  readonly checks: readonly string[]
  readonly unknown: boolean
}

/** Could this search still hold, by the name alone? */
export const mayHoldByName = ({ search, names }: CompiledSearch, name: Buffer): boolean =>
  search.any === true || names.every(check => check.test(name) !== check.inverted)

/** Could it still hold, by what one look at the file tells? */
export const mayHoldByStatus = ({ search, status }: CompiledSearch, file: WalkedFile): boolean =>
  search.any === true || status.every(check => check.test(file.status) !== check.inverted)

/** Does answering this search need the file to be read? */
export const needsReading = ({ search, deep }: CompiledSearch): boolean =>
  deep.length > 0 || search.sha256 === true

const YES: Judgement = { holds: true, checks: [], unknown: false }
const NO: Judgement = { holds: false, checks: [], unknown: false }
const NOBODY_KNOWS: Judgement = { holds: false, checks: [], unknown: true }

/** The judgement, with result = match XOR `!` XOR mismatch for every check, of a file that may hold by its name and by one look at it. */
export const judge = (search: CompiledSearch, file: WalkedFile, scanned: Scanned | undefined): Judgement => {
  if (search.search.any) return judgeEach(search, file, scanned)
  let unknown = false
  for (const check of search.deep) {
    const match = scanned?.match(search, check)
    if (match === check.inverted) return NO
    unknown ||= match === undefined
  }
  return unknown ? NOBODY_KNOWS : YES
}

/** With `any`, each check stands for itself. */
const judgeEach = (search: CompiledSearch, file: WalkedFile, scanned: Scanned | undefined): Judgement => {
  const results = [
    ...search.names.map(({ label, inverted, test }) => ({ label, holds: test(file.name) !== inverted })),
    ...search.status.map(({ label, inverted, test }) => ({ label, holds: test(file.status) !== inverted })),
    ...search.deep.map(check => {
      const match = scanned?.match(search, check)
      return { label: check.label, holds: match === undefined ? undefined : match !== check.inverted }
    })
  ]
  const checks = results.filter(({ holds }) => holds).map(({ label }) => label)
  return { holds: checks.length > 0, checks, unknown: results.some(({ holds }) => holds === undefined) }
}
