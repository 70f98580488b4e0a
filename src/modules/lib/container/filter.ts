import { inRanges, nameFilter } from '../match/name-filter.ts'
import { compilePattern } from '../match/regex.ts'
import type { Container, Powers } from './container.ts'
import type { ContainerParams } from './params.ts'

/** What a container comes to for a question; `unknown` where its runtime's files could not tell. */
export type Verdict = 'yes' | 'no' | 'unknown'

type Test = (bytes: Uint8Array) => boolean

export interface ContainerFilter {
  judge(container: Container, running: boolean | undefined): Verdict
  /** Those of its mounts that the question is about; all where it names none. */
  mounts(powers: Powers): string[]
}

/** Whether some text matches each expression, and none those that a `!` inverts. */
const someOf = (sources: readonly string[] | undefined, flag: string) => {
  const tests = sources?.map(source => {
    const not = source.startsWith('!')
    return { not, pattern: compilePattern(not ? source.slice(1) : source, flag) }
  })
  return (texts: readonly (string | Buffer)[]): boolean =>
    tests?.every(
      ({ not, pattern }) => texts.some(text => pattern.test(Buffer.from(text as string))) !== not
    ) ?? true
}

export const containerFilter = (params: ContainerParams): ContainerFilter => {
  const names = someOf(params.names, 'name')
  const images = someOf(params.images, 'image')
  const mounts = someOf(params.mounts, 'mount')
  const env = someOf(params.env, 'env')
  const runs = someOf(params.runs, 'runs')
  const named = (params.mounts ?? []).filter(one => !one.startsWith('!'))
  const shown: Test[] = named.map(one => nameFilter([one], 'mount')!)
  const ofPowers = ['mounts', 'capabilities', 'shares', 'privileged', 'env', 'runs'] as const
  const asksPowers = ofPowers.some(name => params[name] !== undefined)
  const holds = (powers: Powers): boolean =>
    mounts(powers.mounts) &&
    env(powers.env) &&
    runs([powers.command]) &&
    (!params.privileged || powers.privileged) &&
    (params.shares?.every(one => powers.shares.includes(one)) ?? true) &&
    (params.capabilities?.every(
      one => powers.capabilities.includes('ALL') || powers.capabilities.includes(one)
    ) ??
      true)
  return {
    judge: (container, running) => {
      const { name, pod, created, powers } = container
      if (!names([name ?? '', ...(pod === undefined ? [] : [pod])])) return 'no'
      if (!images(container.images)) return 'no'
      if (params.digests && !params.digests.some(hex => hasDigest(container, hex))) return 'no'
      if (params.created && (created === undefined || !inRanges([params.created], created))) return 'no'
      if (asksPowers && powers !== undefined && !holds(powers)) return 'no'
      if (params.running !== undefined && running !== undefined && running !== params.running) return 'no'
      const dark =
        (asksPowers && powers === undefined) || (params.running !== undefined && running === undefined)
      return dark ? 'unknown' : 'yes'
    },
    mounts: powers =>
      shown.length === 0
        ? [...powers.mounts]
        : powers.mounts.filter(mount => shown.some(test => test(Buffer.from(mount))))
  }
}

const hasDigest = ({ id, digests }: Container, hex: string): boolean =>
  [id ?? '', ...digests].some(one => one.replace(/^sha256:/, '').startsWith(hex))
