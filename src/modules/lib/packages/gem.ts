import type { ReadBudget } from '../host/read.ts'
import type { Walk } from '../host/walk.ts'
import type { WalkedFile } from '../host/walked.ts'
import { beginningOf, placeOf } from './beginning.ts'
import type { Package } from './package.ts'

/** The stub stands in the first lines. */
const MOST = 4 << 10

const GEMSPEC = Buffer.from('.gemspec')
/** RubyGems writes what is needed to load a gem above the Ruby code, which nobody can read without running it. */
const STUB = /^# stub: (\S+) (\S+) (\S+) /m
/** `name-1.2.3-x86_64-linux.gemspec` */
const NAMED = /^(.+?)-(\d[0-9A-Za-z.]*)(?:-(.+))?\.gemspec$/

/** What RubyGems has installed: `specifications/*.gemspec`, and its own ones in `default` below that. */
export const isGem = (file: WalkedFile): boolean =>
  file.name.subarray(-GEMSPEC.length).equals(GEMSPEC) &&
  /\/specifications(?:\/default)?$/.test(placeOf(file).above)

export function* gemsOf(file: WalkedFile, walk: Walk, budget: ReadBudget): Generator<Package> {
  const stub = STUB.exec(beginningOf(file, budget, MOST).toString('latin1'))
  const [, name, version, platform] = stub ?? NAMED.exec(placeOf(file).name) ?? []
  if (name === undefined || version === undefined) walk.count.skip('odd-record')
  else
    yield {
      kind: 'gem',
      name,
      version,
      state: 'installed',
      arch: platform,
      path: file.path,
      installed: () => file.status.mtimeMs
    }
}
