import type { HostFiles } from '../host/host-files.ts'
import type { Package } from './package.ts'
import { paragraphsOf } from './paragraphs.ts'

const PATHS = ['/lib/apk/db/installed', '/usr/lib/apk/db/installed'] as const

/** Packages of apk(8). It keeps no moment of installation. */
export function* apkPackages(files: HostFiles): Generator<Package> {
  for (const path of files.each(PATHS))
    for (const fields of paragraphsOf(files.read(path)?.toString('latin1') ?? '')) {
      const name = fields.get('P')
      if (name === undefined) files.count.skip('odd-record')
      else
        yield {
          kind: 'apk',
          name,
          version: fields.get('V') ?? '',
          state: 'installed',
          arch: fields.get('A'),
          source: fields.get('o')
        }
    }
}
