import type { Host } from '../../spec.ts'
import type { HostFiles } from '../host/host-files.ts'
import { compilePattern } from '../match/regex.ts'
import { isLanguage, type Package, SYSTEM_KINDS } from '../packages/package.ts'
import { LANGUAGE_PATHS } from '../packages/package-schema.ts'
import { packagesOfHost } from '../packages/packages-of-host.ts'
import { compareVersions } from '../versions/compare.ts'
import { FACTS, type Fact } from './facts.ts'
import type { Found } from './file-facts.ts'
import type { PolicyObject } from './form.ts'
import { bytesOfText, expand, pathFrom, type Variables } from './variables.ts'

type Source = NonNullable<PolicyObject['package']>

export interface PackageTask {
  readonly object: string
  readonly source: Source
  readonly mayTell: (one: Package) => boolean
}

/** Throws `bad-params` for what is no regular expression. */
export const packageTaskOf = (object: string, source: Source, variables: Variables): PackageTask => {
  const name = expand(bytesOfText(source.name), variables)
  const pattern =
    source.collectmatch === undefined ? undefined : compilePattern(source.collectmatch, 'document')
  return {
    object,
    source: {
      ...source,
      ...(source.path && { path: pathFrom(expand(bytesOfText(source.path), variables)) })
    },
    mayTell: one =>
      one.state === 'installed' &&
      (source.kind === undefined || one.kind === source.kind) &&
      (pattern === undefined ? one.name === name : pattern.test(Buffer.from(one.name, 'latin1')))
  }
}

/** The packages of all tasks together: the records of the system are read once. Throws `limit-bytes`, `limit-entries`. */
export function* packageFacts(
  tasks: readonly PackageTask[],
  host: Host,
  files: HostFiles,
  found: (object: string) => Found
): Generator<undefined> {
  const isSystem = ({ source }: PackageTask) => source.kind === undefined || !isLanguage(source.kind)
  const together = tasks.filter(isSystem)
  if (together.length > 0) yield* collect(together, [...SYSTEM_KINDS], [], host, files, found)
  for (const task of tasks.filter(task => !isSystem(task))) {
    const { kind, path } = task.source
    yield* collect([task], [kind!], path === undefined ? LANGUAGE_PATHS : [path], host, files, found)
  }
}

function* collect(
  tasks: readonly PackageTask[],
  kinds: Parameters<typeof packagesOfHost>[0],
  paths: readonly string[],
  host: Host,
  files: HostFiles,
  found: (object: string) => Found
): Generator<undefined> {
  const before = files.count.unreadable + files.count.skipped
  let looked = 0
  for (const one of packagesOfHost(kinds, paths, host, files)) {
    if (one === undefined || ++looked % SLICE === 0) yield undefined
    if (one === undefined) continue
    if (!isLanguage(one.kind)) files.count.seen++
    for (const task of tasks) if (task.mayTell(one)) take(one, task, files, found(task.object))
  }
  if (files.count.unreadable + files.count.skipped > before)
    for (const { object } of tasks) found(object).whole = false
}

/** Packages between two breaths of the caller. */
const SLICE = 256

const take = (one: Package, { source }: PackageTask, files: HostFiles, { facts }: Found): void => {
  const fact: Fact = {
    thing: { name: Buffer.from(one.name, 'latin1') },
    value: one.version,
    kind: one.kind
  }
  const last = facts[0]
  if (source.onlynewest && last !== undefined) {
    // Of two that nobody can compare, the first stays.
    if ((compareVersions(one.kind, one.version, last.value) ?? 0) > 0) facts[0] = fact
  } else if (facts.length >= FACTS) files.count.skip('limit-facts')
  else facts.push(fact)
}
