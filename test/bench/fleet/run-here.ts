import type { Row } from '../../../src/modules/spec.ts'
import { moduleId } from '../../../src/modules/spec.ts'
import { type run, verdictOf } from '../../../src/run/run.ts'
import { assertPermit } from '../../../src/trust/permit.ts'

/** Runs a module in this process, without child and fence: what is measured then is the mesh, not the start of processes. */
export const runHere: typeof run = async (permit, { id, spec, params }, { root, asOf, limits, signal }) => {
  assertPermit(permit, { id, module: moduleId(spec), params })
  const host = { root, asOf, limits, signal: signal ?? new AbortController().signal }
  const run = spec.run(spec.params.parse(params), host)
  const rows: Row[] = []
  for (;;) {
    const next = await run.next()
    if (!next.done) {
      rows.push(next.value)
      continue
    }
    const { found, coverage, counts, errors, limit } = next.value
    const verdict = verdictOf(found || rows.length > 0, coverage, limit !== undefined)
    return { state: 'done', verdict, coverage, counts, errors, rows, truncated: false }
  }
}
