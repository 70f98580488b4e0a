import { LIMITS } from '../../limits.ts'
import { Digests } from './hashes.ts'
import { BytesSearcher, LineSearcher } from './lines.ts'
import { chunksOf, plainChunksOf, type ReadBudget } from './read.ts'
import type { BytesCheck, Check, CompiledSearch, ContentCheck, HashCheck } from './search.ts'

type DeepCheck = ContentCheck | BytesCheck | HashCheck

/** What reading a file once has told: the raw result of each check, and digests by algorithm. */
export interface Scanned {
  match(check: DeepCheck): boolean
  digest(algorithm: string): string | undefined
}

/** Reads a file once for every pattern and every digest that these searches still need; stops early where nothing is open any more. */
export const scanFile = async (
  path: Buffer,
  searches: readonly CompiledSearch[],
  budget: ReadBudget
): Promise<Scanned> => {
  const checks = searches.flatMap(({ deep }) => deep)
  const lines = new Map(checks.filter(isContent).map(check => [check, new LineSearcher(check)]))
  const strings = new Map(checks.filter(isBytes).map(check => [check, new BytesSearcher(check.wanted)]))
  const wanted = [
    ...checks.filter(isHash).map(({ algorithm }) => algorithm),
    ...(searches.some(({ search }) => search.sha256) ? ['sha256'] : [])
  ]
  const digests = new Digests(wanted)
  const searchers = [...lines.values(), ...strings.values()]
  const decompress = searches.some(({ search }) => search.decompress)
  const chunks = decompress ? plainChunksOf(path, budget, LIMITS.decompressedBytes) : chunksOf(path, budget)
  for await (const chunk of chunks) {
    for (const searcher of searchers) searcher.update(chunk)
    digests.update(chunk)
    if (digests.size === 0 && searchers.every(({ result }) => result !== undefined)) break
  }
  const hex = digests.finish()
  return {
    match: check =>
      isHash(check)
        ? hex.get(check.algorithm) === check.hex
        : isContent(check)
          ? lines.get(check)!.finish()
          : strings.get(check)!.finish(),
    digest: algorithm => hex.get(algorithm)
  }
}

const isContent = (check: Check): check is ContentCheck => check.kind === 'content'
const isBytes = (check: Check): check is BytesCheck => check.kind === 'bytes'
const isHash = (check: Check): check is HashCheck => check.kind === 'hash'
