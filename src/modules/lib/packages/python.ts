import type { ReadBudget } from '../host/read.ts'
import type { Walk } from '../host/walk.ts'
import type { WalkedFile } from '../host/walked.ts'
import { beginningOf, placeOf } from './beginning.ts'
import type { Package } from './package.ts'
import { paragraphsOf } from './paragraphs.ts'

/** Name and version come first; descriptions behind them may be long. */
const MOST = 64 << 10

const METADATA = Buffer.from('METADATA')
const PKG_INFO = Buffer.from('PKG-INFO')
const EGG_INFO = Buffer.from('.egg-info')

/** `*.dist-info/METADATA`, `*.egg-info/PKG-INFO`, `EGG-INFO/PKG-INFO`, and the file `*.egg-info` of distutils. */
export const isPython = (file: WalkedFile): boolean => {
  const { name } = file
  if (name.equals(METADATA)) return placeOf(file).above.endsWith('.dist-info')
  if (name.equals(PKG_INFO)) return /(?:\.egg-info|\/EGG-INFO)$/.test(placeOf(file).above)
  return name.length > EGG_INFO.length && name.subarray(-EGG_INFO.length).equals(EGG_INFO)
}

export function* pythonPackagesOf(file: WalkedFile, walk: Walk, budget: ReadBudget): Generator<Package> {
  const text = beginningOf(file, budget, MOST).toString('latin1').replaceAll('\r\n', '\n')
  const [fields] = paragraphsOf(text)
  const name = fields?.get('Name')
  if (name === undefined) walk.count.skip('odd-record')
  else
    yield {
      kind: 'python',
      name,
      version: fields?.get('Version') ?? '',
      state: 'installed',
      path: file.path,
      installed: () => file.status.mtimeMs
    }
}

/** How PyPI compares names: `Foo.Bar_baz` is `foo-bar-baz`. */
export const normalPythonName = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-')
