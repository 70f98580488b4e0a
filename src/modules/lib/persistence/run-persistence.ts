import { setImmediate as breathe } from 'node:timers/promises'
import { codeOf } from '../../../errors.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { type Accounts, accountsOf } from '../host/accounts.ts'
import { HostFiles } from '../host/host-files.ts'
import { modeText } from '../host/mode.ts'
import type { Owner } from '../owners/owner.ts'
import { type Owners, ownersOf } from '../owners/owners.ts'
import type { Entry } from './entry.ts'
import { isText, persistenceFilter } from './filter.ts'
import { persistenceOf } from './of-host.ts'
import type { PersistenceParams } from './params.ts'

/** Entries between two breaths of the caller, so that timers and signals come through. */
const SLICE = 64
/** Entries whose packages are looked up together: each time all lists are read, and all of them are held. */
const TOGETHER = 4_000

/** What starts by itself on a host: some files first, then whose they are. */
export async function* runPersistence(params: PersistenceParams, host: Host): AsyncGenerator<Row, Outcome> {
  const files = new HostFiles(host)
  const found = new FoundRows(host, params.kinds)
  try {
    for await (const held of batches(params, files, found))
      for (const [kind, row] of rowsOf(params, held, host, files)) {
        if (!found.take(kind, row)) break
        yield row
      }
  } catch (error) {
    if (codeOf(error) !== 'limit-bytes') throw error
    found.end('limit-bytes')
  }
  return found.outcome(files.count)
}

/** What is told of an entry, without the text that it comes from. */
interface Held {
  readonly entry: Omit<Entry, 'commands' | 'script' | 'line'>
  readonly runs: Uint8Array | undefined
  readonly line: number | undefined
}

async function* batches(
  params: PersistenceParams,
  files: HostFiles,
  found: FoundRows
): AsyncGenerator<readonly Held[]> {
  if (found.ended) return
  const fits = persistenceFilter(params)
  const kinds = new Set<string>(params.kinds)
  let held: Held[] = []
  let turns = 0
  for (const entry of persistenceOf(files, kind => kinds.has(kind), params.runs !== undefined)) {
    if (++turns % SLICE === 0) await breathe()
    if (found.ended) break
    if (entry === undefined) continue
    files.count.seen++
    if (params.runs !== undefined && isCut(entry)) files.count.skip('too-large')
    const fit = fits(entry)
    if (fit === undefined) continue
    held.push(hold(entry, fit.line))
    if (held.length < TOGETHER) continue
    yield held
    held = []
  }
  if (held.length > 0) yield held
}

/** Only the beginning of a long script is looked at. */
const isCut = ({ script, file }: Entry): boolean =>
  script !== undefined && file.status.size > script.length && isText(script)

/** One command of many thousand characters is told by its beginning. */
const LONG = 4_096

const hold = ({ script: _, commands, ...rest }: Entry, line: number | undefined): Held => ({
  entry: rest,
  runs: commands.length > 0 ? bytes(commands.join('; ').slice(0, LONG)) : undefined,
  line
})

function* rowsOf(
  params: PersistenceParams,
  held: readonly Held[],
  host: Host,
  files: HostFiles
): Generator<readonly [kind: string, row: Row]> {
  const asked = params.unowned === true || params.changed === true
  const owners = ownersOf(files, held.flatMap(placesOf), asked)
  const names = accountsOf(host.root, files.openRoot)
  for (const one of held) {
    const row = rowOf(params, one, owners, names)
    if (row !== undefined) yield [one.entry.kind, row]
  }
}

const latin1 = (path: Buffer): string => path.toString('latin1')

/** A link may be the package's, or what it leads to. */
const placesOf = ({ entry: { path, target } }: Held): string[] =>
  target === undefined ? [latin1(path)] : [latin1(path), latin1(target)]

const rowOf = (
  params: PersistenceParams,
  held: Held,
  owners: Owners | undefined,
  names: Accounts
): Row | undefined => {
  const known = owners === undefined ? [] : placesOf(held).flatMap(path => owners.of(path) ?? [])
  const owner = known.find(({ digests }) => digests.length > 0) ?? known[0]
  if (params.unowned && (owners === undefined || owner !== undefined)) return undefined
  const changed = owner && changedBy(owner, held)
  if (params.changed && changed !== true) return undefined
  const { kind, path, target, user, enabled, ofUser, file } = held.entry
  const sha256 = file.digests.get('sha256')
  return {
    kind,
    path: new Uint8Array(path),
    ...(target && { target: new Uint8Array(target) }),
    ...(held.line && { line: held.line }),
    ...(held.runs && { runs: held.runs }),
    ...(user !== undefined && { user: bytes(user.slice(0, LONG)) }),
    scope: ofUser ? 'user' : 'host',
    ...(enabled !== undefined && { enabled }),
    owner: names.user(file.status.uid),
    mode: modeText(file.status.mode),
    mtime: Math.floor(file.status.mtimeMs),
    ...(sha256 !== undefined && { sha256 }),
    ...(owners && { owned: owner !== undefined }),
    ...(owner && { package: bytes(owner.package) }),
    ...(changed !== undefined && { changed })
  }
}

/** Undefined where the database does not say what the file was like. */
const changedBy = ({ digests }: Owner, { entry: { file } }: Held): boolean | undefined => {
  const known = digests.filter(([algorithm]) => file.digests.has(algorithm))
  return known.length === 0
    ? undefined
    : !known.some(([algorithm, hex]) => file.digests.get(algorithm) === hex)
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))
