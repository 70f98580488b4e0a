import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { naming } from '../support/leftovers.ts'
import { Terminal } from '../support/terminal.ts'

/** `npm start`, as it is run at a terminal: the console is handed over with the mesh running (after the tour, which tour.test.ts takes), ^C leaves both alone, and leaving ends everything. */
const root = join(import.meta.dirname, '../..')
const PROMPT = /LAB> $/

let terminal: Terminal | undefined
after(() => terminal?.close())

test('the tour leaves a person in the console, and nothing behind', { timeout: 300_000 }, async () => {
  terminal = new Terminal([process.execPath, join(root, 'console/tour/start.cjs'), '--mesh-only'])
  const type = (line: string) => terminal!.press(`${line}\r`)
  const directory = /T=(\S+)/.exec(await terminal.shows(/T=\S+/, 60_000))![1]!
  await terminal.shows(/The console is yours/, 240_000)
  await terminal.shows(PROMPT)
  type('agents')
  assert.match(await terminal.shows(PROMPT), /11 hosts: 11 connected/)
  type('file --path / --content never-to-be-found -t all --yes')
  await terminal.shows(/published/)
  terminal.press('\x03')
  assert.match(await terminal.shows(PROMPT), /goes on without you/)
  type('file --path /etc --name ^hostname$ -t role=db --yes')
  assert.match(await terminal.shows(PROMPT), /FOUND ON 2 HOSTS/, '^C has ended the mesh')
  assert.ok(naming(directory).length >= 13)
  type('exit')
  assert.equal(await terminal.ended(), 0)
  assert.equal(existsSync(directory), false)
  assert.deepEqual(naming(directory), [])
})
