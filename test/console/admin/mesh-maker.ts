import { type FirstCharter, firstCharter, person } from '../../../console/admin/charter-draft.ts'
import { defaultPolicy } from '../../../console/admin/default-policy.ts'
import { wrapInventory } from '../../../console/admin/inventory.ts'
import { signWith } from '../../../console/admin/standing.ts'
import type { Clock } from '../../../src/clock.ts'
import { systemClock } from '../../../src/clock.ts'
import { documentId, encodeEnvelope } from '../../../src/documents/envelope.ts'
import { write } from '../../../src/documents/write.ts'
import { makeIdentity } from '../../../src/trust/identity.ts'
import { fileHolder, type KeyHolder } from '../../../src/trust/key-holder.ts'
import { makeKey, type SecretKey } from '../../../src/trust/pgp.ts'
import { makeSealKey } from '../../../src/trust/seal.ts'

export const NOW = Date.parse('2026-11-24T12:00:00Z')
export const DAY = 86_400_000
export const clock: Clock = { ...systemClock, now: () => NOW }

export interface Someone {
  readonly key: SecretKey
  readonly holder: KeyHolder
}

export const someone = async (name: string): Promise<Someone> => {
  const key = await makeKey(name, { now: NOW })
  return { key, holder: await fileHolder(key.secret, undefined, clock) }
}

export const node = (name: string) => {
  const { peer } = makeIdentity()
  return { name, peer, addresses: [`/ip4/10.0.0.1/tcp/4001/p2p/${peer}`] }
}

/** A first charter of two admins, a senior and a junior; not signed. */
export const makeMesh = async (change: Partial<FirstCharter> = {}) => {
  const [anna, paul, julien, joe] = await Promise.all(['anna', 'paul', 'julien', 'joe'].map(someone))
  const inventory = makeSealKey()
  const persons = [
    person('anna', [anna!.key], 0, ['admin']),
    person('paul', [paul!.key], 0, ['admin']),
    person('julien', [julien!.key], 2, ['investigator']),
    person('joe', [joe!.key], 1, ['investigator'])
  ]
  const revoked = { persons: [], keys: [], grants: [], peers: [] }
  const charter = firstCharter(
    {
      name: 'test',
      now: NOW,
      expires: NOW + 366 * DAY,
      lab: false,
      persons,
      adminThreshold: 2,
      nodes: [node('b'), node('a')],
      topicKeys: ['role'],
      policy: defaultPolicy([{ name: 'file', major: 1, risk: 'inspect' }]),
      ...change
    },
    await wrapInventory(inventory.privateKey, { persons, revoked }, NOW)
  )
  const bytes = write(charter)
  const envelope = encodeEnvelope({ bytes, signatures: [] })
  return {
    anna: anna!,
    paul: paul!,
    julien: julien!,
    joe: joe!,
    inventory,
    charter,
    id: documentId(bytes),
    envelope
  }
}

export const sign = async (envelope: Uint8Array, ...who: Someone[]): Promise<Uint8Array> => {
  let signed = envelope
  for (const { key, holder } of who) signed = await signWith(signed, holder, key, NOW)
  return signed
}
