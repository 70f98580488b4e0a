import { GumshoeError } from '../../../errors.ts'
import { compilePattern } from '../match/regex.ts'
import { compareVersions, holds, isVersion, type PackageKind } from '../versions/compare.ts'
import { type Fact, type Facts, type Thing, thingKey } from './facts.ts'
import type { PolicyTest } from './form.ts'

/** `unknown` where a host could not look at all that a test is about, or cannot judge a value. */
export const VERDICTS = ['true', 'false', 'unknown'] as const
export type TestVerdict = (typeof VERDICTS)[number]

export interface Judged {
  readonly verdict: TestVerdict
  /** What it holds of, what not, and what nobody can say of, each thing once. */
  readonly things: readonly { readonly thing: Thing; readonly verdict: TestVerdict }[]
}

/** Whose rules a version has that no package manager knows: scribe's are those of RPM. */
const RULES: PackageKind = 'rpm'

export type Evaluate = (fact: Fact) => TestVerdict

/** Throws `bad-params` for what is no regular expression. */
export const evaluatorOf = ({ evr, regexp, exactmatch, absent, not }: PolicyTest): Evaluate => {
  const evaluate = evaluatorFor(evr, regexp?.value, exactmatch?.value)
  if (absent) return () => 'false'
  if (!not) return evaluate
  return fact => OPPOSITE[evaluate(fact)]
}

const OPPOSITE: Record<TestVerdict, TestVerdict> = { true: 'false', false: 'true', unknown: 'unknown' }

const said = (holds: boolean): TestVerdict => (holds ? 'true' : 'false')

const evaluatorFor = (
  evr: PolicyTest['evr'],
  expression: string | undefined,
  exact: string | undefined
): Evaluate => {
  if (evr !== undefined) {
    if (!isVersion(evr.value)) throw new GumshoeError('bad-params', `--document: ${evr.value} is no version.`)
    return ({ value, kind }) => {
      const order = compareVersions(kind ?? evr.rules ?? RULES, value.trim(), evr.value)
      return order === undefined ? 'unknown' : said(holds(evr.operation, order))
    }
  }
  if (expression !== undefined) {
    const pattern = compilePattern(expression, 'document')
    return ({ value }) => said(pattern.test(Buffer.from(value)))
  }
  return ({ value }) => said(exact === undefined || value === exact)
}

/** Judges one test by the facts of its object and the verdicts of the tests that it depends on. */
export const judgeTest = (
  test: PolicyTest,
  evaluate: Evaluate,
  { facts, whole }: Facts,
  verdicts: ReadonlyMap<string, TestVerdict>
): Judged => {
  const things = [...Map.groupBy(facts, ({ thing }) => thingKey(thing)).values()].map(group => ({
    thing: group[0]!.thing,
    verdict: any(group.map(evaluate))
  }))
  const isAbsent = test.absent === true && facts.length === 0
  const own = isAbsent ? said(whole) : any(things.map(({ verdict }) => verdict))
  // A "no" that has not seen everything is none, and neither is "there is nothing".
  const seen = own === 'false' && !whole && !test.absent ? 'unknown' : isAbsent && !whole ? 'unknown' : own
  return { verdict: withOthers(seen, test.if ?? [], verdicts), things }
}

const any = (verdicts: readonly TestVerdict[]): TestVerdict =>
  verdicts.includes('true') ? 'true' : verdicts.includes('unknown') ? 'unknown' : 'false'

const withOthers = (
  own: TestVerdict,
  names: readonly string[],
  verdicts: ReadonlyMap<string, TestVerdict>
): TestVerdict => {
  const all = [own, ...names.map(name => verdicts.get(name) ?? 'unknown')]
  return all.includes('false') ? 'false' : all.includes('unknown') ? 'unknown' : 'true'
}
