import assert from 'node:assert/strict'
import { chmodSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { policy } from '../../../src/modules/policy.ts'
import { plant } from '../../support/ask-file.ts'
import { askModule } from '../../support/ask-module.ts'
import { dpkgRecord, ndb, rpmHeader } from '../../support/package-files.ts'

type Document = Record<string, unknown>

/** `${name}` */
const variable = (name: string): string => `\${${name}}`

const ALL = ['true', 'false', 'unknown']

/** Asks for all verdicts; `test verdict thing` of each row, sorted. */
const judge = async (root: string, document: Document, only: string[] = ALL): Promise<string[]> => {
  const { rows } = await askModule(policy, root, { document: JSON.stringify(document), only })
  return rows
    .map(row => {
      const thing = row['path'] ?? row['identifier']
      const words = [row['test'], row['verdict'], thing === undefined ? '' : Buffer.from(thing as Uint8Array)]
      return words.join(' ').trim()
    })
    .sort()
}

/** A document of one object, and tests of it by name. */
const of = (source: Document, tests: Record<string, Document>, more: Document = {}): Document => ({
  objects: [{ object: 'o', ...source }],
  tests: Object.entries(tests).map(([name, one]) => ({ test: name, object: 'o', ...one })),
  ...more
})

test('versions of packages, each by the rules of its kind', async t => {
  const root = plant(t, {
    'var/lib/dpkg/status':
      dpkgRecord('openssl', '1.0~rc1') + dpkgRecord('linux-5', '5.1') + dpkgRecord('linux-6', '6.1'),
    'var/lib/rpm/Packages.db': ndb([rpmHeader({ name: 'openssl', version: '1.0', release: '1' })])
  })
  const below = (value: string, operation = '<') => ({ evr: { operation, value } })
  const tests = {
    old: below('1.0'),
    same: below('1.0', '='),
    least: below('1.0', '>='),
    any: {},
    none: { absent: true }
  }
  assert.deepEqual(await judge(root, of({ package: { name: 'openssl' } }, tests)), [
    'any true openssl',
    'least true openssl',
    'none false openssl',
    'old true openssl',
    'same true openssl'
  ])
  const onlyDeb = of({ package: { name: 'openssl', kind: 'dpkg' } }, tests)
  assert.deepEqual(await judge(root, onlyDeb), [
    'any true openssl',
    'least false openssl',
    'none false openssl',
    'old true openssl',
    'same false openssl'
  ])
  const kernels = (onlynewest: boolean) =>
    of({ package: { name: 'linux', collectmatch: '^linux-\\d', onlynewest } }, { old: below('6') })
  assert.deepEqual(await judge(root, kernels(false)), ['old true linux-5'])
  assert.deepEqual(await judge(root, kernels(true)), ['old false linux-6'])
  assert.deepEqual(await judge(root, of({ package: { name: 'none' } }, tests)), [
    'any false',
    'least false',
    'none true',
    'old false',
    'same false'
  ])
})

test('packages of languages below a path', async t => {
  const root = plant(t, { 'srv/a/node_modules/x/package.json': '{"name": "x", "version": "1.10.0"}' })
  const source = { package: { name: 'x', kind: 'npm', path: '/srv' } }
  assert.deepEqual(
    await judge(
      root,
      of(source, { a: { evr: { operation: '>', value: '1.9.0' } }, b: { regexp: { value: '^1\\.1$' } } })
    ),
    ['a true x', 'b false x']
  )
})

test('scribe: contents of files with groups, concat, and chains', async t => {
  const root = plant(t, {
    'srv/one/version.rb': 'MAJOR = 1\nMINOR = 2\r\n',
    'srv/one/sub/patch': 'PATCH 7\n',
    'srv/two/version.rb': 'MAJOR = 3\nMINOR = 4',
    'srv/three/other.rb': 'MAJOR = 9\n'
  })
  symlinkSync('one/version.rb', join(root, 'srv/version.rb'))
  const content = {
    path: variable('base'),
    file: '^version\\.rb$',
    expression: '^(?:MAJOR|MINOR) = (\\d+)$',
    concat: '.',
    'import-chain': ['patch', 'given']
  }
  const document = {
    variables: [{ key: 'base', value: '/srv' }],
    objects: [
      { object: 'o', filecontent: content },
      {
        object: 'patch',
        filecontent: { path: variable('chain_root'), file: '^patch$', expression: '^PATCH (\\d)' }
      },
      { object: 'given', raw: { identifiers: [{ identifier: 'i', value: 'x' }] } }
    ],
    tests: [
      { test: 'exact', object: 'o', exactmatch: { value: '1.2.7.x' } },
      { test: 'old', object: 'o', regexp: { value: '^1' } },
      { test: 'new', object: 'o', regexp: { value: '^3\\.4\\.x$' } }
    ]
  }
  assert.deepEqual(await judge(root, document), [
    'exact true /srv/one/version.rb',
    'exact true /srv/version.rb',
    'new true /srv/two/version.rb',
    'old true /srv/one/version.rb',
    'old true /srv/version.rb'
  ])
})

test('scribe: names of files, lines, and what is given raw', async t => {
  const root = plant(t, {
    'opt/app-1.2.3.jar': '',
    'opt/app-1.5.0.jar': '',
    'etc/a.conf': 'x\n  Enable yes\n',
    'etc/b.conf': 'Enable no'
  })
  const names = of(
    { filename: { path: '/opt', file: '^app-([0-9.]+)\\.jar$' } },
    { old: { evr: { operation: '<', value: '1.4.0' } } }
  )
  assert.deepEqual(await judge(root, names), ['old true /opt/app-1.2.3.jar'])
  const lines = of(
    { hasline: { path: '/etc', file: '\\.conf$', expression: '^\\s*Enable yes$' } },
    { on: { exactmatch: { value: 'true' } }, off: { exactmatch: { value: 'false' } } }
  )
  assert.deepEqual(await judge(root, lines), ['off true /etc/b.conf', 'on true /etc/a.conf'])
  const raw = of(
    { raw: { identifiers: [{ identifier: 'i', value: 'v' }] } },
    { is: { exactmatch: { value: 'v' } }, not: { exactmatch: { value: 'w' }, not: true } }
  )
  assert.deepEqual(await judge(root, raw), ['is true i', 'not true i'])
})

test('settings: signs, quotes, comments, sections, the first and the last', async t => {
  const root = plant(t, {
    'etc/ssh/sshd_config': '# PermitRootLogin no\nPermitRootLogin prohibit-password\npermitrootlogin yes\n',
    'etc/app.ini': 'level = 1\n[core]\nlevel: "2"\n; level=9\nlevels = 8\n[other]\nlevel=\'3\'\n'
  })
  const ask = (setting: Document, value: string) =>
    judge(root, of({ setting }, { is: { exactmatch: { value } } }), ['true'])
  const ssh = { path: '/etc/ssh/sshd_config', file: '.', key: 'PermitRootLogin' }
  assert.equal((await ask(ssh, 'prohibit-password')).length, 1)
  assert.equal((await ask(ssh, 'yes')).length, 0)
  assert.equal((await ask({ ...ssh, ignorecase: true }, 'yes')).length, 1)
  assert.equal((await ask({ ...ssh, ignorecase: true, pick: 'first' }, 'yes')).length, 0)
  const ini = { path: '/etc', file: '^app\\.ini$', key: 'level' }
  for (const [section, value] of [
    ['core', '2'],
    ['other', '3']
  ])
    assert.equal((await ask({ ...ini, section }, value!)).length, 1, value)
  assert.equal((await ask({ ...ini, pick: 'last' }, '3')).length, 1)
  for (const value of ['8', '9']) assert.equal((await ask(ini, value)).length, 0, value)
})

test('if: a test holds only where all that it depends on hold, in whatever order they stand', async t => {
  const root = plant(t, { 'etc/a': 'x' })
  const file = { filename: { path: '/etc', file: '^a$' } }
  const document = of(file, {
    last: { if: ['middle', 'first'] },
    middle: { if: ['first'] },
    first: {},
    fails: { if: ['never'] },
    never: { exactmatch: { value: 'b' } }
  })
  assert.deepEqual(await judge(root, document), [
    'fails false',
    'first true /etc/a',
    'last true /etc/a',
    'middle true /etc/a',
    'never false /etc/a'
  ])
})

test('what could not be read makes a test unknown, and a "no" partial', async t => {
  const root = plant(t, { 'etc/a.conf': 'secret-on', 'etc/b.conf': 'off', 'opt/c.conf': 'off' })
  chmodSync(root, 0o755)
  chmodSync(join(root, 'etc/a.conf'), 0)
  const at = (path: string) => ({ hasline: { path, file: '\\.conf$', expression: 'on$' } })
  const document = {
    objects: [
      { object: 'etc', ...at('/etc') },
      { object: 'opt', ...at('/opt') }
    ],
    tests: [
      { test: 'on', object: 'etc', exactmatch: { value: 'true' } },
      { test: 'off', object: 'etc', exactmatch: { value: 'false' } },
      { test: 'absent', object: 'etc', absent: true },
      { test: 'depends', object: 'opt', if: ['on'] },
      { test: 'opt', object: 'opt', exactmatch: { value: 'true' } }
    ]
  }
  // Root may read everything, so for the time of the question we are nobody.
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid!(65_534)
  try {
    assert.deepEqual(await judge(root, document), [
      'absent false /etc/b.conf',
      'depends unknown',
      'off true /etc/b.conf',
      'on unknown',
      'opt false /opt/c.conf'
    ])
    const { outcome } = await askModule(policy, root, {
      document: JSON.stringify(document),
      only: ['unknown']
    })
    assert.deepEqual([outcome.coverage.unreadable, outcome.errors['unknown-verdict']], [1, 2])
  } finally {
    if (isRoot) process.seteuid!(0)
  }
})

test('a version that nobody can judge is unknown; values stay on the host', async t => {
  const root = plant(t, { 'etc/v': 'version secret-words here\n' })
  const document = of(
    { filecontent: { path: '/etc', file: '^v$', expression: 'version (.*)' } },
    {
      old: {
        evr: { operation: '<', value: '1' },
        expecterror: true,
        name: 'Old',
        tags: [{ key: 'a', value: 'b' }]
      }
    }
  )
  const { rows, outcome } = await askModule(policy, root, { document: JSON.stringify(document), only: ALL })
  assert.deepEqual(rows, [
    {
      test: 'old',
      verdict: 'unknown',
      name: 'Old',
      tags: 'a=b',
      expected: true,
      path: new Uint8Array(Buffer.from('/etc/v'))
    }
  ])
  assert.ok(!JSON.stringify([rows, outcome]).includes('secret'))
  assert.deepEqual(outcome.counts, { old: 1 })
})

test('a document that is none is refused, with the place', () => {
  const object = { object: 'o', raw: { identifiers: [{ identifier: 'i', value: 'v' }] } }
  const one = { test: 't', object: 'o' }
  const file = { path: '/etc', file: 'a', expression: 'b' }
  const wrong: [unknown, RegExp][] = [
    [{ objects: [object] }, /^--document, tests is needed/],
    [
      { objects: [object], tests: [{ ...one, evr: { operation: '!', value: '1' } }] },
      /^--document, test 1, evr, operation/
    ],
    [{ objects: [object], tests: [{ ...one, evr: { operation: '<', value: 'a b' } }] }, /a b is no version/],
    [{ objects: [object], tests: [{ ...one, object: 'p' }] }, /^--document, test 1: there is no object p/],
    [{ objects: [object], tests: [{ ...one, if: ['u'] }] }, /there is no test u/],
    [{ objects: [object], tests: [{ ...one, if: ['t'] }] }, /come round in a circle/],
    [{ objects: [object], tests: [{ ...one, regexp: { value: '(' } }] }, /is no regular expression/],
    [{ objects: [object], tests: [{ ...one, absent: true, regexp: { value: 'a' } }] }, /at most one of/],
    [{ objects: [object, object], tests: [one] }, /^--document, object 2, object: there is another one/],
    [{ objects: [{ object: 'o' }], tests: [one] }, /an object has one source/],
    [{ objects: [{ ...object, hasline: file }], tests: [one] }, /an object has one source/],
    [
      { objects: [{ object: 'o', hasline: { ...file, path: 'etc' } }], tests: [one] },
      /etc is no absolute path/
    ],
    [
      { objects: [{ object: 'o', hasline: { ...file, path: '/a/../b' } }], tests: [one] },
      /is no absolute path/
    ],
    [
      { objects: [{ object: 'o', hasline: { ...file, path: variable('x') } }], tests: [one] },
      /there is no variable x/
    ],
    [
      { objects: [{ object: 'o', hasline: { ...file, path: variable('chain_root') } }], tests: [one] },
      /only there for an import-chain/
    ],
    [{ objects: [object], tests: [one], extra: 1 }, /^--document: /],
    [[], /^--document: /]
  ]
  for (const [document, message] of wrong)
    assert.throws(() => policy.fromFlags({ document: JSON.stringify(document) }, 0), {
      code: 'bad-params',
      message
    })
  assert.throws(() => policy.fromFlags({}, 0), { code: 'bad-params', message: /^--document is missing/ })
  assert.throws(() => policy.fromFlags({ document: 'objects:\n' }, 0), {
    code: 'bad-params',
    message: /is no JSON/
  })
})

test('says in words what is asked, and names its literals', () => {
  const document = {
    objects: [
      { object: 'o', package: { name: 'openssl' } },
      { object: 'p', hasline: { path: '/etc', file: 'a', expression: 'b' } }
    ],
    tests: [{ test: 't', object: 'o' }]
  }
  const params = policy.fromFlags({ document: JSON.stringify(document) }, 0)
  assert.equal(
    policy.say(params),
    '1 test (t) of 1 package and files under /etc: those that are true. Changes nothing; returns no value.'
  )
  assert.deepEqual(policy.literals(params), ['openssl', '/etc'])
})
