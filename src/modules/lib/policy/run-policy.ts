import { setImmediate as breathe } from 'node:timers/promises'
import { codeOf } from '../../../errors.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { HostFiles } from '../host/host-files.ts'
import { PolicyFacts } from './collect.ts'
import { compilePolicy } from './compile.ts'
import { type Judged, judgeTest, type TestVerdict } from './evaluate.ts'
import type { PolicyTest } from './form.ts'
import type { PolicyParams } from './policy-params.ts'

/** Verdicts of a policy's tests on a host; no value that they judge leaves it. */
export async function* runPolicy({ document, only }: PolicyParams, host: Host): AsyncGenerator<Row, Outcome> {
  const files = new HostFiles(host)
  const policy = compilePolicy(document)
  const found = new FoundRows(
    host,
    document.tests.map(({ test }) => test)
  )
  const facts = new PolicyFacts(policy, host, files)
  try {
    for (const _ of found.ended ? [] : facts.collect()) {
      await breathe()
      if (found.ended) break
    }
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'limit-bytes' && code !== 'limit-entries') throw error
    found.end(code)
  }
  const verdicts = new Map<string, TestVerdict>()
  for (const { test, evaluate } of found.ended ? [] : policy.tests) {
    const judged = judgeTest(test, evaluate, facts.of(test.object), verdicts)
    verdicts.set(test.test, judged.verdict)
    // A value that nobody can judge is something that was not seen.
    if (judged.verdict === 'unknown') files.count.skip('unknown-verdict')
    for (const row of only.includes(judged.verdict) ? rowsOf(test, judged) : []) {
      if (!found.take(test.test, row)) break
      yield row
    }
    if (found.ended) break
    await breathe()
  }
  return found.outcome(files.count)
}

/** A row for each thing that the verdict comes from; one where it comes from none. */
function* rowsOf(test: PolicyTest, { verdict, things }: Judged): Generator<Row> {
  const about = {
    test: test.test,
    verdict,
    ...(test.name && { name: test.name }),
    ...(test.tags && { tags: test.tags.map(({ key, value }) => `${key}=${value}`).join(', ') }),
    ...expectedOf(test, verdict)
  }
  const its = things.filter(one => one.verdict === verdict)
  if (its.length === 0) yield about
  for (const { thing } of its)
    yield 'path' in thing
      ? { ...about, path: new Uint8Array(thing.path) }
      : { ...about, identifier: new Uint8Array(thing.name) }
}

const expectedOf = (
  { expectedresult, expecterror }: PolicyTest,
  verdict: TestVerdict
): { expected?: boolean } => {
  if (expecterror) return { expected: verdict === 'unknown' }
  return expectedresult === undefined ? {} : { expected: verdict === String(expectedresult) }
}
