import assert from 'node:assert/strict'
import { test } from 'node:test'
import { peerNamed } from '../../../console/admin/named-host.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'

test('a host is named by its name, its whole id or a part of it that no other has; two of one name by their ids', () => {
  const peers = Array.from({ length: 3 }, () => makeIdentity().peer)
  const [web, first, second] = peers as [string, string, string]
  const hosts = [
    { peer: web, name: 'web-01' },
    { peer: first, name: `db~${first.slice(-6)}` },
    { peer: second, name: `db~${second.slice(-6)}` }
  ]
  assert.equal(peerNamed(hosts, 'web-01'), web)
  assert.equal(peerNamed([], web), web, 'a whole id needs no memory')
  assert.equal(peerNamed(hosts, first.slice(-8)), first)
  assert.equal(peerNamed(hosts, `db~${second.slice(-6)}`), second)
  assert.throws(() => peerNamed(hosts, 'db'), { code: 'not-found', fix: new RegExp(`${first}, ${second}`) })
  // Every peer id begins like this.
  assert.throws(() => peerNamed(hosts, '12D3KooW'), { code: 'not-found', message: /^3 hosts/ })
  for (const none of ['', 'web', 'web-0', first.slice(-4)])
    assert.throws(() => peerNamed(hosts, none), { code: 'not-found' }, none)
})
