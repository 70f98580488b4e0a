import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askMesh } from '../../../console/admin/wizard.ts'

/** A person who answers in turn. */
const typing = (answers: readonly string[]) => {
  const asked: string[] = []
  let at = 0
  const ask = async (question: string) => {
    asked.push(question)
    assert.ok(at < answers.length, `nobody answers: ${question}`)
    return answers[at++]!
  }
  return { ask, asked, left: () => answers.length - at }
}

test('the wizard asks for everything, takes lists until an empty line, and has defaults', async () => {
  const person = typing([
    '',
    'anna=a.pub',
    'paul=p.pub',
    '',
    'joe=j.pub',
    '',
    '/ip4/1.2.3.4/tcp/1/p2p/x',
    '',
    ''
  ])
  assert.deepEqual(await askMesh(person.ask, {}, () => {}), {
    name: 'mesh',
    admins: ['anna=a.pub', 'paul=p.pub'],
    investigators: ['joe=j.pub'],
    bootstraps: ['/ip4/1.2.3.4/tcp/1/p2p/x'],
    recovery: 'mesh-recovery.key'
  })
  assert.equal(person.left(), 0)
})

test('what was given by flags is not asked again', async () => {
  const person = typing([''])
  const given = { name: 'acme', admins: ['a=a'], investigators: ['b=b'], bootstraps: ['c'] }
  assert.deepEqual(await askMesh(person.ask, given, () => {}), { ...given, recovery: 'acme-recovery.key' })
  assert.equal(person.asked.length, 1)
})
