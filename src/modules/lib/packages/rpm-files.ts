/** The files of one package in a database of RPM, by the tags of rpmtag.h that hold them. */
export interface RpmFiles {
  readonly name: string
  /** How the digests are made; undefined where we don't know. */
  readonly algorithm: string | undefined
  files(): Generator<{ readonly path: string; readonly digest: string }>
}

const NAME = 1000
const OLD_NAMES = 1027
const DIGESTS = 1035
const DIRECTORY_OF = 1116
const BASE_NAMES = 1117
const DIRECTORIES = 1118
const ALGORITHM = 5011
const [INT32, STRING, STRINGS] = [4, 6, 8]
const ENTRY = 16
const INTRO = 8
/** Directories of one package; the largest have some ten thousand. */
const MOST = 200_000

/** Numbers of hash algorithms as OpenPGP has them; 1 where nothing is said. */
const ALGORITHMS: Record<number, string> = { 1: 'md5', 2: 'sha1', 8: 'sha256' }

interface Tag {
  readonly type: number
  readonly at: number
  readonly count: number
}

/** What a header says of its files, one by one; undefined where it is no sound one. */
export const rpmFilesOf = (blob: Uint8Array): RpmFiles | undefined => {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength)
  if (bytes.length < INTRO) return undefined
  const data = INTRO + bytes.readUInt32BE(0) * ENTRY
  const end = data + bytes.readUInt32BE(4)
  if (end > bytes.length) return undefined
  const tags = new Map<number, Tag>()
  for (let at = INTRO; at < data; at += ENTRY) {
    const tag = bytes.readUInt32BE(at)
    const from = data + bytes.readUInt32BE(at + 8)
    if (tags.has(tag) || from >= end) continue
    tags.set(tag, { type: bytes.readUInt32BE(at + 4), at: from, count: bytes.readUInt32BE(at + 12) })
  }
  const [name] = textsAt(bytes, tags.get(NAME), end)
  if (name === undefined || name === '') return undefined
  const used = numberAt(bytes, tags.get(ALGORITHM), 0, end) ?? 1
  return { name, algorithm: ALGORITHMS[used], files: () => filesIn(bytes, tags, end) }
}

function* filesIn(
  bytes: Buffer,
  tags: ReadonlyMap<number, Tag>,
  end: number
): Generator<{ path: string; digest: string }> {
  const directories: string[] = []
  for (const directory of textsAt(bytes, tags.get(DIRECTORIES), end)) {
    if (directories.length >= MOST) break
    directories.push(directory)
  }
  const digests = textsAt(bytes, tags.get(DIGESTS), end)
  const of = tags.get(DIRECTORY_OF)
  let i = 0
  for (const base of textsAt(bytes, tags.get(BASE_NAMES), end)) {
    const directory = directories[numberAt(bytes, of, i++, end) ?? -1]
    const digest = digests.next().value ?? ''
    if (directory !== undefined) yield { path: directory + base, digest }
  }
  // Packages of the last century have whole paths.
  for (const path of textsAt(bytes, tags.get(OLD_NAMES), end))
    yield { path, digest: digests.next().value ?? '' }
}

/** Texts that end with a zero each, as many as the tag says and as there are. */
function* textsAt(bytes: Buffer, tag: Tag | undefined, end: number): Generator<string, undefined> {
  if (tag === undefined || (tag.type !== STRING && tag.type !== STRINGS)) return
  let at = tag.at
  for (let left = tag.type === STRING ? 1 : tag.count; left > 0; left--) {
    const stop = bytes.indexOf(0, at)
    if (stop < 0 || stop >= end) return
    yield bytes.toString('latin1', at, stop)
    at = stop + 1
  }
}

const numberAt = (bytes: Buffer, tag: Tag | undefined, i: number, end: number): number | undefined => {
  if (tag?.type !== INT32 || i >= tag.count || tag.at + 4 * (i + 1) > end) return undefined
  return bytes.readUInt32BE(tag.at + 4 * i)
}
