import type { ReadBudget } from '../host/read.ts'
import type { Walk } from '../host/walk.ts'
import type { WalkedFile } from '../host/walked.ts'
import { beginningOf, placeOf } from './beginning.ts'
import type { Package } from './package.ts'

/** A package.json with its readme inside has some hundred kB. */
const MOST = 1 << 20

const PACKAGE_JSON = Buffer.from('package.json')
const PLACE = /\/node_modules\/((?:@[^/]+\/)?[^/@][^/]*)$/

/** The package.json of what lies in a `node_modules`, whoever put it there: npm, yarn, pnpm. */
export const isNpm = (file: WalkedFile): boolean =>
  file.name.equals(PACKAGE_JSON) && PLACE.test(placeOf(file).above)

export function* npmPackagesOf(file: WalkedFile, walk: Walk, budget: ReadBudget): Generator<Package> {
  const bytes = beginningOf(file, budget, MOST + 1)
  if (bytes.length > MOST) {
    walk.count.skip('too-large')
    return
  }
  const told = manifestOf(bytes)
  if (told === undefined) {
    walk.count.skip('odd-record')
    return
  }
  yield {
    kind: 'npm',
    name: latin1(told['name']) ?? PLACE.exec(placeOf(file).above)?.[1] ?? '',
    version: latin1(told['version']) ?? '',
    state: 'installed',
    path: file.path,
    installed: () => file.status.mtimeMs
  }
}

const manifestOf = (bytes: Buffer): Record<string, unknown> | undefined => {
  try {
    const told: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof told === 'object' && told !== null ? (told as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const latin1 = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? Buffer.from(value).toString('latin1') : undefined
