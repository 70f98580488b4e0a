import { setImmediate as breathe } from 'node:timers/promises'
import { codeOf } from '../../errors.ts'
import type { Host, Outcome, Row } from '../spec.ts'
import { accountsOf } from './accounts.ts'
import { FoundRows } from './found-rows.ts'
import { HostFiles } from './host-files.ts'
import { modeText } from './mode.ts'
import { type Owner, type Owners, ownersOf } from './owners/owners.ts'
import type { Entry } from './persistence/entry.ts'
import { type Fit, isText, persistenceFilter } from './persistence/filter.ts'
import { persistenceOf } from './persistence/of-host.ts'
import type { PersistenceParams } from './persistence/params.ts'

/** Entries between two breaths of the caller, so that timers and signals come through. */
const SLICE = 64
/** Entries that are held until their packages are known: far more than any host has. */
const HELD = 200_000

type Held = Entry & Fit

/** What starts by itself on a host: all files first, then whose those are that the question is about. */
export async function* runPersistence(params: PersistenceParams, host: Host): AsyncGenerator<Row, Outcome> {
  const files = new HostFiles(host)
  const found = new FoundRows(host, params.kinds)
  try {
    const held = await gather(params, files, found, new Set<string>(params.kinds))
    if (held.length > 0 && !found.ended) {
      const owners = ownersOf(
        files,
        held.flatMap(placesOf),
        params.unowned === true || params.changed === true
      )
      const names = accountsOf(host.root, files.openRoot)
      for (const entry of held) {
        const row = rowOf(params, entry, owners, names)
        if (row === undefined) continue
        if (!found.take(entry.kind, row)) break
        yield row
      }
    }
  } catch (error) {
    if (codeOf(error) !== 'limit-bytes') throw error
    found.end('limit-bytes')
  }
  return found.outcome(files.count)
}

const gather = async (
  params: PersistenceParams,
  files: HostFiles,
  found: FoundRows,
  kinds: ReadonlySet<string>
): Promise<Held[]> => {
  const held: Held[] = []
  if (found.ended) return held
  const fits = persistenceFilter(params)
  let turns = 0
  for (const entry of persistenceOf(files, kind => kinds.has(kind))) {
    if (++turns % SLICE === 0) await breathe()
    if (found.ended) break
    if (entry === undefined) continue
    files.count.seen++
    if (params.runs !== undefined && isCut(entry)) files.count.skip('too-large')
    const fit = fits(entry)
    if (fit === undefined) continue
    if (held.length >= HELD) {
      found.end('limit-entries')
      break
    }
    const { script: _, file, ...rest } = entry
    held.push({ ...rest, ...fit, file: { ...file, bytes: NOTHING } })
  }
  return held
}

/** Only the beginning of a long script is looked at. */
const isCut = ({ script, file }: Entry): boolean =>
  script !== undefined && file.status.size > script.length && isText(script)

const NOTHING = Buffer.alloc(0)
const latin1 = (path: Buffer): string => path.toString('latin1')

/** A link may be the package's, or what it leads to. */
const placesOf = ({ path, target }: Held): string[] =>
  target === undefined ? [latin1(path)] : [latin1(path), latin1(target)]

/** One command of many thousand characters is told by its beginning. */
const LONG = 4_096

const rowOf = (
  params: PersistenceParams,
  entry: Held,
  owners: Owners | undefined,
  names: { user(uid: number): string }
): Row | undefined => {
  const known = owners === undefined ? [] : placesOf(entry).flatMap(path => owners.of(path) ?? [])
  const owner = known.find(({ digests }) => digests.length > 0) ?? known[0]
  if (params.unowned && (owners === undefined || owner !== undefined)) return undefined
  const changed = owner && changedBy(owner, entry)
  if (params.changed && changed !== true) return undefined
  const { kind, path, target, line, commands, user, enabled, ofUser, file } = entry
  const sha256 = file.digests.get('sha256')
  return {
    kind,
    path: new Uint8Array(path),
    ...(target && { target: new Uint8Array(target) }),
    ...(line && { line }),
    ...(commands.length > 0 && { runs: bytes(commands.join('; ').slice(0, LONG)) }),
    ...(user !== undefined && { user: bytes(user) }),
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
const changedBy = ({ digests }: Owner, { file }: Held): boolean | undefined => {
  const known = digests.filter(([algorithm]) => file.digests.has(algorithm))
  return known.length === 0
    ? undefined
    : !known.some(([algorithm, hex]) => file.digests.get(algorithm) === hex)
}

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))
