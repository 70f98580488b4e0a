import assert from 'node:assert/strict'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Composition, operationsFrom } from '../../../console/ask/composition.ts'
import { draftIn, dropDraft, edit, isDraft, openEditor, template } from '../../../console/ask/edit.ts'
import { temporary } from '../../support/agent-parts.ts'
import { NOW } from '../../support/mesh.ts'

const GOOD = '{"target":"all","operations":[{"module":"file","argv":"--path /etc --name x"}]}'
const accept = ({ operations }: Composition) =>
  void operationsFrom(operations, NOW, () => assert.fail('no action is named'))

/** An editor that writes one text after the other, and what it was shown. */
const editor = (t: TestContext, ...texts: ((shown: string) => string)[]) => {
  const file = join(temporary(t), 'compose.jsonc')
  const shown: string[] = []
  const told: string[] = []
  const open = async (path: string) => {
    const before = readFileSync(path, 'utf8')
    shown.push(before)
    writeFileSync(path, texts.shift()!(before))
  }
  return { file, shown, told, components: { file, open, tell: (line: string) => void told.push(line) } }
}

test('what does not hold comes back with the reason above it, until it holds', async t => {
  const { shown, components, file } = editor(
    t,
    () => GOOD.replace('file', 'fiel'),
    before => before.replace('"fiel"', '"file"')
  )
  const edited = await edit(template(), accept, components)
  assert.equal(edited?.text, GOOD)
  assert.match(
    shown[1]!,
    /^\/\/ ! Operation o1: There is no module fiel; did you mean file\?\n\/\/ ! .*\n\/\/ ! Leave/
  )
  assert.equal(statSync(file).mode & 0o777, 0o600, 'a reason is nobody else’s')
})

test('a template that was left as it is, an empty file, and an error left alone ask nothing', async t => {
  for (const texts of [
    [(before: string) => before],
    [() => ' \n'],
    [() => '{"operations":', (before: string) => before]
  ]) {
    const { components } = editor(t, ...texts)
    assert.equal(await edit(template(), accept, components), undefined)
  }
  const { components } = editor(t, before => before)
  assert.equal(
    (await edit(GOOD, accept, components))?.text,
    GOOD,
    'what was written before is asked as it is'
  )
})

test('what was written is there the next time, without what was said of it; a template is not worth keeping', async t => {
  const { components, file } = editor(
    t,
    () => '{"operations":',
    before => before
  )
  assert.equal(draftIn(file), undefined)
  await edit(template(), accept, components)
  assert.equal(draftIn(file), '{"operations":')
  assert.ok(isDraft(file))
  writeFileSync(file, template())
  assert.ok(!isDraft(file))
  dropDraft(file)
  assert.equal(draftIn(file), undefined)
})

test('the editor is the one that the environment names, with its words', async t => {
  const directory = temporary(t)
  const program = join(directory, 'an editor')
  writeFileSync(program, '#!/bin/sh\nprintf "%s" "$1" > "$2"\n')
  chmodSync(program, 0o700)
  const file = join(directory, 'text')
  await openEditor(file, { VISUAL: `'${program}' --wait`, EDITOR: 'false' })
  assert.equal(readFileSync(file, 'utf8'), '--wait')
  await assert.rejects(openEditor(file, { EDITOR: 'false' }), { code: 'usage' })
  await assert.rejects(openEditor(file, { EDITOR: join(directory, 'none') }), { code: 'not-found' })
})
