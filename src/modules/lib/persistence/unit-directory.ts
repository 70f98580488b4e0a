import { kindOf } from '../host/file-calls.ts'
import type { Examined, HostFiles } from '../host/host-files.ts'
import { readUnit, templateOf, type UnitFile } from './unit-file.ts'

const UNIT = /\.(service|socket|timer|path|target|mount|automount|swap|slice|scope|device)$/
/** All units are held until it is known which of them start: one has a few kB, and what comes after is told as not seen. */
const UNIT_MOST = 256 << 10
const LINKS = /\.(wants|requires|upholds)$/

/** A unit file or drop-in as it lies on the host. */
export interface UnitHere {
  readonly path: string
  readonly name: string
  /** The unit, or the kind of units, that a drop-in adds to. */
  readonly addsTo: string | undefined
  readonly file: Examined
  readonly unit: UnitFile
  /** Another file of its name in an earlier directory takes its place. */
  readonly hidden: boolean
}

/** All that the directories of one search path say of their units. */
export class UnitDirectories {
  readonly here: UnitHere[] = []
  /** Units that a link in some `.wants` or `.requires` has started. */
  readonly wanted = new Set<string>()
  /** Other names of units, by links. */
  readonly aliases = new Map<string, string>()
  readonly masked = new Set<string>()
  readonly #files: HostFiles
  readonly #names = new Set<string>()
  /** Where the first link of each name lies. */
  readonly #linked = new Map<string, string>()
  readonly #known = new Set<string>()

  constructor(files: HostFiles) {
    this.#files = files
  }

  /** Yields every so often: breathe then. */
  *read(paths: readonly string[]): Generator<undefined> {
    for (const path of paths) {
      const real = this.#files.resolve(path)?.toString('latin1')
      if (real === undefined || this.#known.has(real)) continue
      this.#known.add(real)
      for (const bytes of this.#files.list(path)) {
        const name = bytes.toString('latin1')
        const at = `${path}/${name}`
        if (LINKS.test(name)) this.#links(at)
        else if (name.endsWith('.d')) this.#dropIns(at, name.slice(0, -2))
        else if (UNIT.test(name)) this.#unit(path, at, name)
        yield undefined
      }
    }
    // A link may itself lead to a unit that lies in none of the directories; older systemd took it.
    for (const [name, at] of this.#linked) {
      const isKnown = this.#names.has(name) || this.#names.has(templateOf(name) ?? '')
      if (UNIT.test(name) && !isKnown && this.#outside(at)) this.#take(at, name, undefined, false)
      yield undefined
    }
  }

  #links(path: string): void {
    if (!this.#files.isDirectory(path)) return
    for (const bytes of this.#files.list(path)) {
      const name = bytes.toString('latin1')
      this.wanted.add(name)
      if (!this.#linked.has(name)) this.#linked.set(name, `${path}/${name}`)
    }
  }

  #dropIns(path: string, addsTo: string): void {
    if (!this.#files.isDirectory(path)) return
    for (const bytes of this.#files.list(path)) {
      const name = bytes.toString('latin1')
      if (name.endsWith('.conf')) this.#take(`${path}/${name}`, name, addsTo, false)
    }
  }

  #unit(above: string, path: string, name: string): void {
    const link = this.#files.linkOf(above, Buffer.from(name, 'latin1'))
    const hidden = this.#names.has(name)
    this.#names.add(name)
    const to = link?.toString('latin1')
    const last = to?.slice(to.lastIndexOf('/') + 1)
    if (to === '/dev/null') {
      if (!hidden) this.masked.add(name)
    } else if (last !== undefined && last !== name && UNIT.test(last)) {
      // What has two names is one unit, seen where it lies, or here where it lies outside of all the directories.
      if (!this.aliases.has(name)) this.aliases.set(name, last)
      // Those that a package brings name what may be asked for; those that an admin has made are asked for.
      if (!/^\/(usr|lib)\//.test(path)) this.wanted.add(name)
      if (this.#outside(path)) this.#take(path, name, undefined, hidden)
    } else this.#take(path, name, undefined, hidden)
  }

  #outside(path: string): boolean {
    const real = this.#files.resolve(path)?.toString('latin1')
    return real !== undefined && !/\/systemd\/(system|user|transient|generator)[^/]*\/[^/]+$/.test(real)
  }

  #take(path: string, name: string, addsTo: string | undefined, hidden: boolean): void {
    const status = this.#files.look(path)
    if (status === undefined || kindOf(status) !== 'file') return
    const examined = this.#files.examine(path, UNIT_MOST)
    if (examined === undefined) return
    const { text, ...file } = examined
    // An empty file masks the unit as a link to /dev/null does.
    if (file.status.size === 0 && addsTo === undefined && !hidden) this.masked.add(name)
    const unit = readUnit(text, addsTo ?? name)
    if (unit.includes) this.#files.count.skip('include')
    if (file.status.size > text.length) this.#files.count.skip('too-large')
    this.here.push({ path, name, addsTo, file, unit, hidden })
  }
}
