import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { revealOperations } from '../../../console/ask/reveal-question.ts'
import { resultOf } from '../../../console/views/result.ts'
import { EXIT, GumshoeError } from '../../../src/errors.ts'
import { fileRow, knownHost, question, TestCase } from '../../support/case.ts'
import { makeTestMesh, NOW, type TestAgent, type TestMesh } from '../../support/mesh.ts'

let mesh: TestMesh
let agents: TestAgent[]
before(async () => {
  mesh = await makeTestMesh()
  agents = await Promise.all([mesh.enrol(), mesh.enrol(), mesh.enrol()])
})

/** v1, v2: one with a name that nobody here knows, one that the question itself names. */
const answered = async () => {
  const asked = new TestCase(mesh, question({ path: ['/etc/apache2/httpd.conf'] }, 'all'))
  const known = fileRow('/etc/apache2/httpd.conf')
  const parcels = [
    ...asked.answer(agents[0]!, { found: [fileRow('/etc/apache2/never-heard-of')] }),
    ...asked.answer(agents[1]!, { found: [known] }),
    ...asked.answer(agents[2]!, { found: [known] })
  ]
  const hosts = agents.map(({ identity }, i) => knownHost(`h${i}`, { peer: identity.peer, tags: [] }))
  return resultOf(await asked.open(hosts, parcels), 'a1', {}, NOW)
}

const refusalOf = async (...named: string[]): Promise<GumshoeError> => {
  const result = await answered()
  try {
    revealOperations(result, named)
  } catch (error) {
    assert.ok(error instanceof GumshoeError)
    return error
  }
  throw new Error('nothing was refused')
}

test('a dark value becomes a reveal of its dark parts only', async () => {
  const result = await answered()
  const [operation, ...more] = revealOperations(result, ['v1'])
  assert.deepEqual(more, [])
  assert.equal(operation!.module, 'reveal/1')
  const { commitments, ...rest } = operation!.params as { commitments: string[] }
  assert.deepEqual(rest, { action: result.case.id, op: 'o1', module: 'file/1' })
  assert.equal(commitments.length, 1)
})

test('a value that is not dark is refused with status 2, alone or beside a dark one', async () => {
  for (const named of [['v2'], ['v1', 'v2']]) {
    const { code, exit, message } = await refusalOf(...named)
    assert.deepEqual([code, exit], ['usage', EXIT.usage])
    assert.match(message, /^Nothing of v2 is dark: 1 value of a1 /)
  }
})

test('a value that there is not, and none at all', async () => {
  assert.match((await refusalOf('v9')).message, /a1 has no value v9\./)
  assert.equal((await refusalOf()).exit, EXIT.usage)
})
