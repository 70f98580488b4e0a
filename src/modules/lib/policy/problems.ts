import { isLanguage, LANGUAGE_KINDS } from '../packages/package.ts'
import type { PolicyDocument, PolicyObject, PolicyTest } from './form.ts'
import { isChainObject } from './variables.ts'

/** What a document says that its form alone does not rule out. */
export interface Problem {
  readonly path: readonly (string | number)[]
  readonly message: string
}

const SOURCES = ['package', 'filecontent', 'filename', 'hasline', 'setting', 'raw'] as const
const EVALUATORS = ['evr', 'regexp', 'exactmatch', 'absent'] as const

/** Chains below each other: a real one has a single step. */
const CHAINS = 4

export const problemsOf = (document: PolicyDocument): Problem[] => {
  const { objects, tests } = document
  return [
    ...twice(objects.map(({ object }) => object)).map(i => ({
      path: ['objects', i, 'object'],
      message: 'there is another one of that name'
    })),
    ...twice(tests.map(({ test }) => test)).map(i => ({
      path: ['tests', i, 'test'],
      message: 'there is another one of that name'
    })),
    ...objects.flatMap((object, i) => objectProblems(object, i, objects)),
    ...tests.flatMap((test, i) => testProblems(test, i, document)),
    ...(chainDepth(objects) > CHAINS
      ? [{ path: ['objects'], message: `an import-chain has no loop, and at most ${CHAINS} steps` }]
      : []),
    ...(orderOf(tests) === undefined
      ? [{ path: ['tests'], message: 'tests that depend on each other by if come round in a circle' }]
      : [])
  ]
}

/** Places of names that were there before. */
const twice = (names: readonly string[]): number[] => {
  const seen = new Set<string>()
  return names.flatMap((name, i) => {
    const again = seen.has(name)
    seen.add(name)
    return again ? [i] : []
  })
}

const objectProblems = (object: PolicyObject, i: number, objects: readonly PolicyObject[]): Problem[] => {
  const sources = SOURCES.filter(source => object[source] !== undefined)
  const problem = (message: string) => ({ path: ['objects', i], message })
  if (sources.length !== 1) return [problem(`an object has one source: ${SOURCES.join(', ')}`)]
  const { kind, path } = object.package ?? {}
  if (path !== undefined && (kind === undefined || !isLanguage(kind)))
    return [problem(`package: a path is for the kinds ${LANGUAGE_KINDS.join(', ')}`)]
  return chainOf(object).flatMap(name => {
    const isThere = objects.some(one => one.object === name)
    return isThere ? [] : [problem(`import-chain: there is no object ${name}`)]
  })
}

/** Names of the objects that an object feeds. */
export const chainOf = ({ filecontent, filename }: PolicyObject): readonly string[] =>
  (filecontent ?? filename)?.['import-chain'] ?? []

const testProblems = (test: PolicyTest, i: number, { objects, tests }: PolicyDocument): Problem[] => {
  const problem = (message: string) => ({ path: ['tests', i], message })
  const object = objects.find(one => one.object === test.object)
  const evaluators = EVALUATORS.filter(name => test[name] !== undefined)
  return [
    ...(object === undefined ? [problem(`there is no object ${test.object}`)] : []),
    ...(object !== undefined && isChainObject(object)
      ? [problem(`the object ${test.object} is only there for an import-chain`)]
      : []),
    ...(evaluators.length > 1 ? [problem(`a test has at most one of ${EVALUATORS.join(', ')}`)] : []),
    ...(test.absent && test.not ? [problem('absent and not do not go together')] : []),
    ...(test.if ?? [])
      .filter(name => !tests.some(one => one.test === name))
      .map(name => problem(`if: there is no test ${name}`))
  ]
}

/** The longest way along import-chains, one more than can be where it comes round in a circle. */
const chainDepth = (objects: readonly PolicyObject[]): number => {
  const byName = new Map(objects.map(object => [object.object, object]))
  let names = new Set(objects.filter(object => chainOf(object).length > 0).map(({ object }) => object))
  let depth = 0
  while (names.size > 0 && depth <= CHAINS) {
    names = new Set([...names].flatMap(name => (byName.has(name) ? chainOf(byName.get(name)!) : [])))
    depth++
  }
  return names.size > 0 ? depth : depth - 1
}

/** The tests, each behind those that it depends on; undefined where there is no such order. */
export const orderOf = (tests: readonly PolicyTest[]): PolicyTest[] | undefined => {
  const ordered: PolicyTest[] = []
  const done = new Set<string>()
  const known = new Set(tests.map(({ test }) => test))
  for (let left = [...tests]; left.length > 0; ) {
    const ready = left.filter(one => (one.if ?? []).every(name => done.has(name) || !known.has(name)))
    if (ready.length === 0) return undefined
    for (const one of ready) done.add(one.test)
    ordered.push(...ready)
    left = left.filter(one => !done.has(one.test))
  }
  return ordered
}
