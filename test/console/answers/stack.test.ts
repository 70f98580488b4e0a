import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { commitmentsOf, stack } from '../../../console/answers/stack.ts'
import { file } from '../../../src/modules/file.ts'
import { fileRow, question, TestCase } from '../../support/case.ts'
import { makeTestMesh, type TestAgent, type TestMesh } from '../../support/mesh.ts'

let mesh: TestMesh
let agents: TestAgent[]
before(async () => {
  mesh = await makeTestMesh()
  agents = await Promise.all(Array.from({ length: 4 }, () => mesh.enrol()))
})

const stacked = (rows: ReturnType<typeof fileRow>[][]) => {
  const asked = new TestCase(mesh, question({ path: ['/etc'] }, 'all'))
  const open = asked.file(...agents)
  for (const [i, found] of rows.entries())
    for (const parcel of asked.answer(agents[i]!, { found })) open.take(parcel)
  return stack(open.answers(), () => file.columns)
}

test('equal rows stand on one line, rarest first, though nobody has seen a path', () => {
  const values = stacked([
    [fileRow('/etc/common')],
    [fileRow('/etc/common'), fileRow('/etc/odd')],
    [fileRow('/etc/common')],
    []
  ])
  assert.deepEqual(
    values.map(({ name, peers }) => [name, peers.length]),
    [
      ['v1', 1],
      ['v2', 3]
    ]
  )
  assert.deepEqual(values[0]!.peers, [agents[1]!.identity.peer])
  assert.equal(JSON.stringify(values).includes('common'), false)
})

test('times do not make rows differ, everything else does', () => {
  assert.equal(stacked([[fileRow('/a', { mtime: 1 })], [fileRow('/a', { mtime: 2, ctime: 3 })]]).length, 1)
  assert.equal(stacked([[fileRow('/a', { size: 1 })], [fileRow('/a', { size: 2 })]]).length, 2)
  assert.equal(stacked([[fileRow('/a', { owner: 'x' })], [fileRow('/a')]]).length, 2)
})

test('a time in which hosts differ is said of none of them', () => {
  const [value] = stacked([[fileRow('/a', { mtime: 1, ctime: 3 })], [fileRow('/a', { mtime: 2, ctime: 3 })]])
  assert.deepEqual(value!.differs, ['mtime'])
  assert.deepEqual(stacked([[fileRow('/a', { mtime: 1 })], [fileRow('/a', { mtime: 1 })]])[0]!.differs, [])
})

test('the order is the same whatever the order of the answers', () => {
  const rows = [[fileRow('/b')], [fileRow('/a')], [fileRow('/c')]]
  const texts = (values: ReturnType<typeof stack>) =>
    values.map(
      ({ name, row }) =>
        `${name} ${commitmentsOf(row)
          .map(({ commitment }) => Buffer.from(commitment).toString('hex'))
          .join(' ')}`
    )
  const asked = new TestCase(mesh, question({ path: ['/etc'] }, 'all'))
  const parcels = rows.map((found, i) => asked.answer(agents[i]!, { found }))
  const opened = (order: number[]) => {
    const open = asked.file(...agents)
    for (const i of order) for (const parcel of parcels[i]!) open.take(parcel)
    return texts(stack(open.answers(), () => file.columns))
  }
  assert.deepEqual(opened([0, 1, 2]), opened([2, 0, 1]))
})

test('the commitments of a row are those of each component and each private value', () => {
  const [value] = stacked([[fileRow('/usr/lib/x')]])
  const columns = commitmentsOf(value!.row).map(({ column }) => column)
  assert.deepEqual(columns.sort(), ['group', 'owner', 'path', 'path', 'path'])
})
