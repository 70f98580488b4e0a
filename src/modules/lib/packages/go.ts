import type { OpenFile } from '../host/directory.ts'
import { type ReadBudget, readPart } from '../host/read.ts'
import type { Walk } from '../host/walk.ts'
import type { WalkedFile } from '../host/walked.ts'
import { elfPlaces, isElf, type Stretch } from './elf-sections.ts'
import type { Package } from './package.ts'

/** No program of Go is smaller. */
const LEAST = 64 << 10
const EXECUTABLE = 0o111

/** debug/buildinfo: what the linker writes at a multiple of 16 in front of the toolchain's version and the list of modules. */
const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1')
const ALIGNED = 16
const FLAGS = 15
const INLINE = 2
const TEXTS = 32
/** The list of a program with some thousand modules. */
const MOST = 1 << 20
/** What linkers of Go call the part of an ELF file that holds it. */
const SECTION = '.go.buildinfo'
/** `go1.24.2 X:…` or `devel go1.25-…`: a mark whose text is longer is none, and no copy of it is made. */
const TOOLCHAIN = 512
/** So much at a time, where the whole has to be searched. */
const SEARCHED = 256 << 10

export const mayBeGo = (file: WalkedFile): boolean => {
  const { mode, size } = file.status
  return (mode & EXECUTABLE) !== 0 && size >= LEAST
}

/** The modules that a program of Go 1.18 or later was built from, and the standard library; none of any other file. */
export function* goPackagesOf(file: WalkedFile, walk: Walk, budget: ReadBudget): Generator<Package> {
  const info = buildInfoOf(file, walk, budget)
  if (info === undefined) return
  const about = {
    kind: 'go',
    state: 'installed',
    path: file.path,
    installed: () => file.status.mtimeMs
  } as const
  const toolchain = /^go(\S+)/.exec(info.toolchain)?.[1]
  yield { ...about, name: 'stdlib', version: toolchain ?? '' }
  for (const [name, version] of modulesOf(info.modules))
    yield { ...about, name, version: version === '(devel)' ? '' : version }
}

/** The lines `mod` and `dep`, path and version apart by tabs; `=>` is what the one before it was replaced by. */
export const modulesOf = (text: string): [name: string, version: string][] => {
  const modules: [string, string][] = []
  for (const line of text.split('\n')) {
    const [word, name, version] = line.split('\t')
    if (name === undefined || name === '') continue
    if (word === '=>') modules.pop()
    if (word === 'mod' || word === 'dep' || word === '=>') modules.push([name, version ?? ''])
  }
  return modules
}

interface BuildInfo {
  readonly toolchain: string
  readonly modules: string
}

/** Programs of Windows and macOS, which may lie on any host. */
const isOther = (head: Buffer): boolean =>
  head.length >= 4 &&
  (head.readUInt16BE(0) === 0x4d5a ||
    [0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe].includes(head.readUInt32BE(0)))

/** Four bytes of it say whether there is more to read. */
const buildInfoOf = (file: WalkedFile, walk: Walk, budget: ReadBudget): BuildInfo | undefined => {
  const open = file.open()
  try {
    const head = readPart(open, 0, 4, budget)
    const found = isElf(head)
      ? elfInfo(open, budget)
      : isOther(head)
        ? searched({ offset: 0, size: open.status.size }, open, budget)
        : undefined
    if (typeof found !== 'string') return found
    walk.count.skip(found)
    return undefined
  } finally {
    open.close()
  }
}

type Found = BuildInfo | 'old-build' | 'odd-record' | 'too-large' | undefined

/** Of a program for Linux its section alone is read; one without a table of sections is searched where Go itself does. */
const elfInfo = (open: OpenFile, budget: ReadBudget): Found => {
  const places = elfPlaces(open, budget, SECTION)
  if (places?.tooLarge) return 'too-large'
  if (places?.section === undefined) return places?.data && searched(places.data, open, budget)
  const bytes = readPart(open, places.section.offset, Math.min(places.section.size, MOST), budget)
  const info = new Window(places.section.offset).push(bytes, true)
  return info ?? (places.section.size > MOST ? 'too-large' : 'odd-record')
}

/** Reads on until the build information is there as a whole; `old-build` where it only points to it. */
const searched = ({ offset, size }: Stretch, open: OpenFile, budget: ReadBudget): Found => {
  const window = new Window(offset)
  const end = Math.min(offset + size, open.status.size)
  for (let at = offset; at < end; ) {
    const chunk = readPart(open, at, Math.min(SEARCHED, end - at), budget)
    at += chunk.length
    const found = window.push(chunk, chunk.length === 0 || at >= end)
    if (found !== undefined || chunk.length === 0) return found
  }
  return undefined
}

/** What is held of a file while build information is looked for. */
class Window {
  #held: Buffer = Buffer.alloc(0)
  /** Where in the file it begins. */
  #start: number

  constructor(start: number) {
    this.#start = start
  }

  /** Takes the next bytes. */
  push(chunk: Buffer, isLast: boolean): BuildInfo | 'old-build' | undefined {
    this.#held = Buffer.concat([this.#held, chunk])
    for (let at = this.#next(); at >= 0; at = this.#next()) {
      this.#drop(at)
      // All of it is wanted before it is read.
      if (!isLast && this.#held.length < MOST) return undefined
      const info = parse(this.#held)
      if (info !== undefined) return info
      this.#drop(1)
    }
    this.#drop(Math.max(0, this.#held.length - MAGIC.length))
    return undefined
  }

  #next(): number {
    for (let at = this.#held.indexOf(MAGIC); at >= 0; at = this.#held.indexOf(MAGIC, at + 1))
      if ((this.#start + at) % ALIGNED === 0) return at
    return -1
  }

  #drop(length: number): void {
    this.#held = this.#held.subarray(length)
    this.#start += length
  }
}

/** Undefined where the mark is only a text that looks like it. */
const parse = (bytes: Buffer): BuildInfo | 'old-build' | undefined => {
  const [pointer, flags] = [bytes[FLAGS - 1], bytes[FLAGS]!]
  if (bytes.length < TEXTS) return undefined
  if ((flags & INLINE) === 0) return flags <= 1 && (pointer === 4 || pointer === 8) ? 'old-build' : undefined
  const toolchain = textAt(bytes, TEXTS, TOOLCHAIN)
  if (toolchain === undefined || !/^(?:go|devel)/.test(toolchain.text)) return undefined
  const modules = textAt(bytes, toolchain.end, MOST)?.text ?? ''
  // Marks of 16 bytes stand around it.
  return { toolchain: toolchain.text, modules: modules.slice(ALIGNED, -ALIGNED) }
}

/** A text behind its length, which has 7 bits a byte. */
const textAt = (bytes: Buffer, at: number, most: number): { text: string; end: number } | undefined => {
  let length = 0
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return undefined
    length += (byte & 0x7f) << (7 * i)
    if (byte < 0x80) {
      const from = at + i + 1
      const end = from + length
      return length <= most && end <= bytes.length
        ? { text: bytes.toString('latin1', from, end), end }
        : undefined
    }
  }
  return undefined
}
