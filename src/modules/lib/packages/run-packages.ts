import { setImmediate as breathe } from 'node:timers/promises'
import { codeOf } from '../../../errors.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { HostFiles } from '../host/host-files.ts'
import { isVersion } from '../versions/compare.ts'
import { isLanguage, isOverlong, longestName, type Package } from './package.ts'
import { packageFilter } from './package-filter.ts'
import type { PackageParams } from './package-schema.ts'
import { packagesOfHost } from './packages-of-host.ts'

/** Packages between two breaths of the caller, so that timers and signals come through. */
const SLICE = 256

/** Packages of a host by the records of whoever installed them; no package manager is run. */
export async function* runPackages(params: PackageParams, host: Host): AsyncGenerator<Row, Outcome> {
  const files = new HostFiles(host)
  const found = new FoundRows(host, params.kinds)
  const asked = packageFilter(params)
  let looked = 0
  try {
    for (const one of found.ended ? [] : packagesOfHost(params.kinds, params.paths ?? [], host, files)) {
      if (++looked % SLICE === 0) await breathe()
      if (found.ended) break
      if (one === undefined) continue
      if (!isLanguage(one.kind)) files.count.seen++
      // No expression is held against a megabyte.
      if (isOverlong(one.kind, one.name) || (params.sources && isOverlong(one.kind, one.source ?? ''))) {
        files.count.skip('odd-record')
        continue
      }
      const holds = asked(one)
      // Whether it is the one that is asked for, nobody can say: then a "no" is none.
      if (holds === undefined) files.count.skip('odd-version')
      if (!holds) continue
      const row = rowOf(one)
      if (!found.take(one.kind, row)) break
      yield row
    }
  } catch (error) {
    const code = codeOf(error)
    if (code !== 'limit-bytes' && code !== 'limit-entries') throw error
    found.end(code)
  }
  return found.outcome(files.count)
}

const ARCH = /^[0-9A-Za-z_.-]{1,32}$/

/** Of what a host writes, only what looks like a version or an architecture leaves it as it is. */
const rowOf = (one: Package): Row => {
  const { kind, name, version, state, arch, source, path } = one
  const at = one.installed?.()
  return {
    kind,
    name: latin1(name),
    ...(isVersion(version) && { version }),
    ...(arch !== undefined && ARCH.test(arch) && { arch }),
    state,
    source: latin1((source || name).slice(0, longestName(kind))),
    ...(at !== undefined && at >= 0 && { installed: Math.floor(at) }),
    ...(path !== undefined && { path: new Uint8Array(path) })
  }
}

const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))
