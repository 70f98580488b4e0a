import { setImmediate as breathe } from 'node:timers/promises'
import { LIMITS } from '../../../limits.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { mayHoldByName, mayHoldByStatus } from '../files/judge.ts'
import { type CompiledSearch, compileSearch } from '../files/search.ts'
import { FoundRows } from '../found-rows.ts'
import { accountsOf } from '../host/accounts.ts'
import { byDescriptor } from '../host/by-descriptor.ts'
import { byPath } from '../host/by-path.ts'
import type { FileSystemKind } from '../host/filesystems.ts'
import { chunksOf, type ReadBudget } from '../host/read.ts'
import { Walk } from '../host/walk.ts'
import type { WalkedFile } from '../host/walked.ts'
import { GrowingBuffer } from './growing-buffer.ts'
import { compileRules } from './yara-compile.ts'
import type { YaraParams } from './yara-params.ts'
import type { RuleHit } from './yara-rules.ts'
import { textsOf } from './yara-sources.ts'

/** Rules over the files of a walk. A rule that never ends ends the child: what it found by then is the answer. */
export async function* runYara(params: YaraParams, host: Host): AsyncGenerator<Row, Outcome> {
  const { rules } = compileRules(textsOf(params.rules, host))
  const files = new Files(params, host)
  const found = new FoundRows(host, [])
  for (const file of files.walk.files()) {
    if (found.ended) break
    if (file === undefined) {
      await breathe()
      continue
    }
    const bytes = files.read(file)
    if (bytes === undefined) continue
    for (const hit of rules.scan(bytes)) {
      const row = rowOf(hit, file)
      if (found.take(hit.rule, row)) yield row
    }
  }
  if (files.limit !== undefined) found.end(files.limit)
  return found.outcome(files.walk.count)
}

const rowOf = ({ rule, matches, offset }: RuleHit, { path, status }: WalkedFile): Row => ({
  rule,
  path: new Uint8Array(path),
  size: status.size,
  matches,
  ...(offset !== undefined && { offset })
})

class Files {
  readonly walk: Walk
  readonly #search: CompiledSearch
  readonly #budget: ReadBudget
  /** Files are read whole, since a rule may look anywhere. */
  readonly #whole = new GrowingBuffer(LIMITS.yaraFileBytes)
  #spent = false

  constructor({ where, crossDevices, remote, pseudo }: YaraParams, { root, limits, files }: Host) {
    const openRoot = files === undefined ? byPath : byDescriptor(files)
    this.#search = compileSearch({ label: 'yara', ...where }, accountsOf(root, openRoot))
    this.#budget = { left: limits.readBytes }
    const kinds = new Set<FileSystemKind>([
      ...(remote ? (['network'] as const) : []),
      ...(pseudo ? (['pseudo'] as const) : [])
    ])
    const { excludes } = this.#search
    this.walk = new Walk(
      { root, openRoot, entries: limits.entries, crossDevices: crossDevices === true, kinds, named: true },
      [
        {
          paths: where.paths.map(path => Buffer.from(path)),
          ...(where.maxDepth !== undefined && { maxDepth: where.maxDepth }),
          ...(where.follow && { follow: true }),
          ...(excludes && { excludes })
        }
      ]
    )
  }

  get limit() {
    return this.#spent ? 'limit-bytes' : this.walk.limit
  }

  /** All bytes of a file that the question is about; undefined of another one, and of what could not be read. */
  read(file: WalkedFile): Buffer | undefined {
    try {
      if (this.#spent || !mayHoldByName(this.#search, file.name) || this.walk.refuses(file)) return undefined
      if (!mayHoldByStatus(this.#search, file)) return undefined
      if (file.status.size > LIMITS.yaraFileBytes) {
        this.walk.count.skip('too-large')
        return undefined
      }
      return this.#all(file)
    } catch (error) {
      if (this.#budget.left <= 0) this.#spent = true
      else this.walk.count.missed(error)
      return undefined
    }
  }

  #all(file: WalkedFile): Buffer {
    const opened = file.open()
    const whole = this.#whole
    try {
      whole.length = 0
      const { size } = opened.status
      for (const chunk of chunksOf(opened, this.#budget)) {
        // Most come in one piece, and stay where they are.
        if (whole.length === 0 && size > 0 && chunk.length >= size) return chunk
        if (chunk.length > whole.room) {
          this.walk.count.skip('too-large')
          break
        }
        whole.add(chunk)
      }
      return whole.bytes
    } finally {
      opened.close()
    }
  }
}
