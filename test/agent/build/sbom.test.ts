import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bundle, ENTRIES } from '../../../agent/build/bundle.ts'
import { readLock } from '../../../agent/build/parts.ts'
import { makeSbom } from '../../../agent/build/sbom.ts'
import { ROOT } from '../../source-tree.ts'

test('the bill of materials names what is inside, with versions, digests and licences, and no more', async () => {
  const { inputs } = await bundle(ROOT, ENTRIES['gumshoe-agent'])
  const lock = readLock(ROOT)
  const sbom = JSON.parse(
    makeSbom({ root: ROOT, name: 'gumshoe-agent', lock, inputs, packages: ['node_modules/koffi'] })
  )
  assert.deepEqual([sbom.bomFormat, sbom.specVersion, sbom.serialNumber], ['CycloneDX', '1.6', undefined])
  const named = new Map<string, Record<string, unknown>>(
    sbom.components.map((entry: { name: string }) => [entry.name, entry])
  )
  for (const name of ['libp2p', 'openpgp', 'zod', 'koffi', 'classic-level', '@libp2p/gossipsub'])
    assert.ok(named.has(name), `${name} is missing`)
  for (const name of ['typescript', 'esbuild', 'fast-check', '@biomejs/biome'])
    assert.ok(!named.has(name), `${name} is not inside`)
  const openpgp = named.get('openpgp') as {
    version: string
    licenses: unknown
    hashes: { content: string }[]
    evidence: { licenses: { license: { text: { content: string } } }[] }
  }
  assert.equal(openpgp.version, lock.packages['node_modules/openpgp']?.version)
  assert.deepEqual(openpgp.licenses, [{ license: { id: 'LGPL-3.0-or-later' } }])
  assert.match(openpgp.hashes[0]!.content, /^[0-9a-f]{128}$/)
  assert.match(openpgp.evidence.licenses[0]!.license.text.content, /GNU LESSER GENERAL PUBLIC LICENSE/i)
  // Some packages bring no text of their licence; that of each licence is in it all the same.
  const texts = JSON.stringify(sbom.components)
  for (const words of ['Apache License', 'Permission is hereby granted, free of charge'])
    assert.ok(texts.includes(words), words)
  for (const { licenses } of sbom.components) assert.equal(licenses.length, 1)
})
