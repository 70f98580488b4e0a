import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FACT_NAMES, type TargetHost } from '../src/documents/facts.ts'
import { evaluateTarget } from '../src/documents/target/evaluate.ts'
import { formatTarget } from '../src/documents/target/format.ts'
import { parseTarget } from '../src/documents/target/parse.ts'
import { compareVersions } from '../src/documents/target/version.ts'
import { ERRORS } from '../src/errors.ts'
import { LIMITS } from '../src/limits.ts'
import { PAGES, readPage } from './docs.ts'

for (const [path, make] of Object.entries(PAGES))
  test(`${path} is what the source makes of it (node test/docs.ts --write)`, () => {
    assert.equal(readPage(path), make(readPage(path)))
  })

test('the pages name every code, every limit, every fact', () => {
  const [errors, limits, target] = ['docs/errors.md', 'docs/limits.md', 'docs/target.md'].map(readPage)
  for (const code of Object.keys(ERRORS)) assert.ok(errors!.includes(`| \`${code}\` |`), code)
  for (const name of Object.keys(LIMITS)) {
    const line = limits!.split('\n').find(text => text.startsWith(`| \`${name}\` |`))
    assert.match(line ?? '', /\| \S.*\S \|$/, `${name} has no reason in src/limits.ts`)
    assert.doesNotMatch(line!, /\|\s*\|$/, `${name} has no reason in src/limits.ts`)
  }
  for (const name of Object.keys(FACT_NAMES)) assert.ok(target!.includes(`| \`${name}\` |`), name)
})

const page = readPage('docs/target.md')
const facts = (more: Partial<NonNullable<TargetHost['facts']>>): NonNullable<TargetHost['facts']> => ({
  grammar: 1,
  os: 'linux',
  arch: 'x64',
  addresses: [],
  version: '2.1',
  modules: [],
  disclosures: [],
  fence: 'none',
  rooted: false,
  privileged: true,
  ...more
})
const HOSTS: Record<string, TargetHost> = {
  'web-01': {
    peer: 'web',
    tags: ['env=prod', 'role=web'],
    facts: facts({
      hostname: 'web-01',
      addresses: ['10.0.1.7', 'fe80::7'],
      version: '2.0.9',
      kernel: '6.1.0-18-amd64'
    })
  },
  'db-01': {
    peer: 'db',
    tags: ['env=dev', 'role=db'],
    facts: facts({ hostname: 'db-01', addresses: ['10.0.2.7'], version: '2.1', kernel: '5.15.0-91-generic' })
  },
  bare: { peer: 'bare', tags: [] }
}

test('every row of the table in docs/target.md names the hosts that it says', () => {
  const rows = [...page.matchAll(/^\| `([^`]+)` \| ((?:web-01|db-01|bare| )*)\|$/gm)]
  assert.ok(rows.length >= 15)
  for (const [, target, names] of rows) {
    const named = Object.keys(HOSTS).filter(name => evaluateTarget(parseTarget(target!), HOSTS[name]!))
    assert.deepEqual(named, names!.split(' ').filter(Boolean), target)
  }
})

test('every example in docs/target.md is in the grammar, in its canonical text', () => {
  const first = page
    .match(/```\n([\s\S]*?)```/)![1]!
    .trim()
    .split('\n')
  const examples = [...first, ...Object.values(FACT_NAMES).map(fact => fact.example)]
  for (const text of examples) assert.equal(formatTarget(parseTarget(text)), text)
  const error = page.match(/In the target, at character[\s\S]*?(?=\n```)/)![0]
  assert.throws(() => parseTarget('hostname == "web"'), { message: error })
})

test('the chain of versions in docs/target.md holds', () => {
  const chain = page.match(/`(2\.1-rc1 [^`]+)`/)![1]!.split(/ ([<=]) /)
  assert.ok(chain.length >= 11)
  for (let i = 0; i + 2 < chain.length; i += 2) {
    const order = Math.sign(compareVersions(chain[i]!, chain[i + 2]!))
    assert.equal(order, chain[i + 1] === '<' ? -1 : 0, `${chain[i]} ${chain[i + 1]} ${chain[i + 2]}`)
  }
})
