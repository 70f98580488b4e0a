import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { container } from '../../src/modules/container.ts'
import { plant } from '../support/ask-file.ts'
import { askModule, column } from '../support/ask-module.ts'

/**
 * T10. Whoever broke out of a container writes the files of its runtime: JSON that is nested without end, or far too large,
 * members of every other type, ids that are paths, links out of the tree. He wants the agent to fall, to read elsewhere, or to
 * miss his container. Expected: the others are told, what could not be read is counted, and nothing outside is opened.
 */

const MiB = 1 << 20
const CONTAINERS = 'var/lib/docker/containers'
const GOOD = {
  [`${CONTAINERS}/good/config.v2.json`]: '{"ID":"good","Name":"/good"}',
  [`${CONTAINERS}/good/hostconfig.json`]: '{"Privileged":true}'
}

test('JSON that is deep, large, cut off or of other types hides no other container', {
  timeout: 120_000
}, async t => {
  const odd = [null, true, -1, 'text', [], {}, [[{}]], { a: null }].map(value => JSON.stringify(value))
  const names = [
    'ID',
    'Name',
    'Image',
    'Config',
    'MountPoints',
    'Args',
    'Created',
    'Privileged',
    'CapAdd',
    'Binds',
    'NetworkMode'
  ]
  const files: Record<string, string> = { ...GOOD }
  for (const [i, value] of odd.entries()) {
    const text = `{${names.map(name => `"${name}":${value}`).join()}}`
    for (const name of ['config.v2.json', 'hostconfig.json']) files[`${CONTAINERS}/odd${i}/${name}`] = text
    files[`${CONTAINERS}/whole${i}/config.v2.json`] = value
  }
  files[`${CONTAINERS}/deep/config.v2.json`] = '['.repeat(MiB)
  files[`${CONTAINERS}/nested/config.v2.json`] = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
  files[`${CONTAINERS}/large/config.v2.json`] = `{"Name":"${'x'.repeat(5 * MiB)}"}`
  files[`${CONTAINERS}/proto/config.v2.json`] = '{"__proto__":{"Name":"/proto"},"Config":{"__proto__":[]}}'
  const root = plant(t, files)
  const { rows, outcome } = await askModule(container, root, { privileged: true })
  // The second of those that are odd says nothing but that it is privileged.
  assert.deepEqual(column(rows, 'name'), ['good', ''])
  assert.deepEqual([outcome.errors['unreadable'], outcome.errors['too-large']], [2, 1])
  assert.equal(Object.getPrototypeOf({}).Name, undefined)
})

test('many containers, each with many mounts, end with the limits of a run', {
  timeout: 120_000
}, async t => {
  const mounts = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, i) => [`/m${i}`, { Source: `/s${i}`, Destination: `/m${i}`, RW: true }])
  )
  const list = Array.from({ length: 4_000 }, (_, i) => ({
    id: i.toString(16).padStart(64, '0'),
    names: [`c${i}`]
  }))
  const root = plant(t, {
    [`${CONTAINERS}/a/config.v2.json`]: JSON.stringify({ Name: '/a', MountPoints: mounts }),
    [`${CONTAINERS}/a/hostconfig.json`]: '{}',
    'var/lib/containers/storage/overlay-containers/containers.json': JSON.stringify(list)
  })
  const { rows } = await askModule(container, root, { mount: ['^/s4999:'] })
  assert.deepEqual(column(rows, 'mounts'), ['/s4999:/m4999:rw'])
  const all = await askModule(container, root, { name: ['^a$'] })
  assert.ok((all.rows[0]!['mounts'] as Uint8Array).length <= 4_096)
  const many = await askModule(container, root, {}, { limits: { rows: 10 } })
  assert.deepEqual([many.rows.length, many.outcome.limit], [10, 'limit-rows'])
})

test('ids that are paths, and links, lead nowhere outside', async t => {
  const outside = plant(t, {
    'config.v2.json': '{"Name":"/secret"}',
    'userdata/config.json': '{}',
    config: 'lxc.uts.name = secret\n'
  })
  const up = `../../../../../../../..${outside}`
  const root = plant(t, {
    ...GOOD,
    'etc/docker/daemon.json': JSON.stringify({ 'data-root': up }),
    'etc/containers/storage.conf': `graphroot = "${outside}"\nrunroot = "relative"\n`,
    'var/lib/containers/storage/overlay-containers/containers.json': JSON.stringify([
      { id: up, names: ['bad'] },
      { id: '..', names: ['bad'] }
    ])
  })
  mkdirSync(join(root, 'var/lib/lxc'))
  symlinkSync(outside, join(root, CONTAINERS, 'link'))
  symlinkSync(outside, join(root, 'var/lib/lxc/link'))
  symlinkSync('loop', join(root, 'var/lib/machines'))
  writeFileSync(join(root, 'var/lib/lxc/file'), '')
  const { rows } = await askModule(container, root, {})
  assert.deepEqual(column(rows, 'name'), ['good'])
})
