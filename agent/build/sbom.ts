import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { VERSION } from '../../src/cli/program.ts'
import { GumshoeError } from '../../src/errors.ts'
import { type Lock, packageAt } from './parts.ts'

export interface SbomInput {
  readonly root: string
  /** Name of the executable. */
  readonly name: string
  readonly lock: Lock
  /** Files of the bundle, from the root. */
  readonly inputs: readonly string[]
  /** Packages that are inside beside the bundle, as the lock names them: Node and native parts. */
  readonly packages: readonly string[]
}

/**
 * The bill of materials of an executable (CycloneDX 1.6, ECMA-424, as JSON): every package that it holds code of, with the
 * version and digest of package-lock.json, its licence, and the licence's text as it came. It has neither a time nor a
 * serial number, so that the same checkout gives the same bytes.
 */
export const makeSbom = ({ root, name, lock, inputs, packages }: SbomInput): string => {
  const places = new Set([...inputs.flatMap(placeOf), ...packages])
  const components = [...places].sort().map(place => component(root, lock, place))
  const about = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': name,
        name,
        version: VERSION,
        licenses: [{ license: { id: lock.packages['']!.license } }],
        evidence: { licenses: [text(readFileSync(join(root, 'LICENSE'), 'utf8'), 'LICENSE')] }
      }
    },
    components,
    dependencies: [{ ref: name, dependsOn: components.map(entry => entry['bom-ref']) }]
  }
  return `${JSON.stringify(about, undefined, 1)}\n`
}

/** `node_modules/a/node_modules/@b/c/dist/x.js` → `node_modules/a/node_modules/@b/c`; our own files belong to no package. */
const placeOf = (input: string): string[] => {
  const place = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0]
  return place === undefined ? [] : [place]
}

const component = (root: string, lock: Lock, place: string) => {
  const entry = lock.packages[place]
  if (entry?.version === undefined || entry.license === undefined)
    throw new GumshoeError('internal', `package-lock.json says no version or licence of ${place}.`)
  const name = entry.name ?? place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
  // npm has the older name of it.
  const licence = entry.license.replace(/^LGPL-3.0\+$/, 'LGPL-3.0-or-later')
  const purl = `pkg:npm/${name.replace('@', '%40')}@${entry.version}`
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version: entry.version,
    purl,
    licenses: / OR | AND | WITH /.test(licence) ? [{ expression: licence }] : [{ license: { id: licence } }],
    ...(entry.integrity && {
      hashes: [
        {
          alg: 'SHA-512',
          content: Buffer.from(entry.integrity.replace('sha512-', ''), 'base64').toString('hex')
        }
      ]
    }),
    evidence: { licenses: textsIn(directoryOf(root, place)) }
  }
}

const directoryOf = (root: string, place: string): string =>
  place.lastIndexOf('node_modules/') === 0
    ? packageAt(root, place.slice('node_modules/'.length))
    : join(root, place)

const textsIn = (directory: string) =>
  readdirSync(directory)
    .filter(file => /^(licen[cs]e|copying|notice)/i.test(file))
    .sort()
    .map(file => text(readFileSync(join(directory, file), 'utf8'), file))

const text = (content: string, name: string) => ({ license: { name, text: { content } } })
