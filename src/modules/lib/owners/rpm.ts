import type { HostFiles } from '../host/host-files.ts'
import { rpmBlobs } from '../packages/rpm.ts'
import { rpmFilesOf } from '../packages/rpm-files.ts'
import type { Owner } from './owner.ts'

/** By rpm's database; undefined where the host has none. */
export const rpmOwners = (files: HostFiles, wanted: ReadonlySet<string>): Map<string, Owner> | undefined => {
  const found = new Map<string, { package: string; digests: [string, string][] }>()
  let packages = 0
  for (const blob of rpmBlobs(files)) {
    packages++
    const list = rpmFilesOf(blob)
    if (list === undefined) {
      files.count.skip('odd-record')
      continue
    }
    const { name, algorithm } = list
    for (const { path, digest } of list.files()) {
      if (!wanted.has(path)) continue
      // Several architectures of one package may share a file.
      const known = found.get(path) ?? { package: name, digests: [] }
      if (algorithm !== undefined && digest !== '') known.digests.push([algorithm, digest])
      found.set(path, known)
    }
  }
  return packages === 0 ? undefined : found
}
