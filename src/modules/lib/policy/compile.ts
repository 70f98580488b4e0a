import { type Evaluate, evaluatorOf } from './evaluate.ts'
import type { Fact } from './facts.ts'
import type { FileTask } from './file-facts.ts'
import { fileReaderOf } from './file-reader.ts'
import type { PolicyDocument, PolicyObject, PolicyTest } from './form.ts'
import { type PackageTask, packageTaskOf } from './package-facts.ts'
import { chainOf, orderOf } from './problems.ts'
import {
  bytesOfText,
  expand,
  isChainObject,
  pathFrom,
  type Variables,
  variablesOf,
  withRoot
} from './variables.ts'

/** A policy that is ready to be run: its expressions compiled, its tests in order. */
export interface CompiledPolicy {
  readonly tests: readonly { readonly test: PolicyTest; readonly evaluate: Evaluate }[]
  readonly packages: readonly PackageTask[]
  /** By path, so that one walk serves all that look there. */
  readonly files: readonly (readonly FileTask[])[]
  readonly raw: ReadonlyMap<string, readonly Fact[]>
  readonly concat: ReadonlyMap<string, string>
  /** Objects that feed others, with those. */
  readonly chains: ReadonlyMap<string, readonly ChainTask[]>
}

/** An object whose values are told of the files of another one. */
export interface ChainTask {
  readonly object: string
  /** Looks below the directory of such a file; absent where the object looks at the same things for all of them. */
  at?(directory: string): FileTask
}

/** As deep as scribe looks. */
const DEPTH = 10

/** Throws `bad-params` for expressions, paths and variables that are none. */
export const compilePolicy = (document: PolicyDocument): CompiledPolicy => {
  const variables = variablesOf(document)
  const { objects, tests } = document
  const files = objects.filter(object => isFileObject(object) && !isChainObject(object))
  const tasks = files.map(object => fileTask(object)(variables))
  const chainTasks = new Map<string, ChainTask>(
    objects.filter(isChainObject).map(object => [object.object, chainTask(object, variables)])
  )
  return {
    tests: orderOf(tests)!.map(test => ({ test, evaluate: evaluatorOf(test) })),
    packages: objects.flatMap(({ object, package: source }) =>
      source === undefined ? [] : [packageTaskOf(object, source, variables)]
    ),
    files: [...Map.groupBy(tasks, ({ path, depth }) => `${depth} ${path.toString('latin1')}`).values()],
    raw: new Map(objects.flatMap(({ object, raw }) => (raw === undefined ? [] : [[object, factsOf(raw)]]))),
    concat: new Map(
      objects.flatMap(({ object, filecontent }) =>
        filecontent?.concat ? [[object, filecontent.concat] as const] : []
      )
    ),
    chains: new Map(
      objects.map(object => [
        object.object,
        chainOf(object).map(name => chainTasks.get(name) ?? { object: name })
      ])
    )
  }
}

type FileSource = { readonly path: string; readonly depth?: number | undefined }

const sourceOf = ({ filecontent, filename, hasline, setting }: PolicyObject): FileSource | undefined =>
  filecontent ?? filename ?? hasline ?? setting

const isFileObject = (object: PolicyObject): boolean => sourceOf(object) !== undefined

/** All but the path, which a chain learns later. */
const fileTask = (object: PolicyObject): ((variables: Variables) => FileTask) => {
  const { path, depth = DEPTH } = sourceOf(object)!
  const reader = fileReaderOf(object)
  return variables => ({
    object: object.object,
    path: Buffer.from(pathFrom(expand(bytesOfText(path), variables)), 'latin1'),
    depth,
    reader
  })
}

const chainTask = (object: PolicyObject, variables: Variables): ChainTask => {
  const task = fileTask(object)
  const at = (directory: string) => task(withRoot(variables, directory))
  // What is wrong in its path is told now, and not where a host has such a file.
  at('/')
  return { object: object.object, at }
}

const factsOf = ({ identifiers }: NonNullable<PolicyObject['raw']>): Fact[] =>
  identifiers.map(({ identifier, value }) => ({ thing: { name: Buffer.from(identifier) }, value }))
