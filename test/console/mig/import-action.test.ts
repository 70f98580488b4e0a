import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { operationsFrom, readComposition } from '../../../console/ask/composition.ts'
import { importMigAction } from '../../../console/mig/import-action.ts'
import type { Operation } from '../../../src/documents/action.ts'
import { GumshoeError } from '../../../src/errors.ts'
import { LIMITS } from '../../../src/limits.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')
const DAY = 86_400_000

const actionOf = (operations: unknown[], more: Record<string, unknown> = {}): string =>
  JSON.stringify({ name: 'a', target: "environment->>'os'='linux'", operations, syntaxversion: 2, ...more })

interface Taken {
  readonly params: Record<string, unknown>
  readonly all: readonly Operation[]
  readonly warnings: readonly string[]
}

/** What one operation of MIG becomes, by way of the text that compose takes. */
const taken = async (
  module: string,
  parameters: unknown,
  more: Record<string, unknown> = {}
): Promise<Taken> => {
  const { composition, warnings } = importMigAction(actionOf([{ module, parameters, ...more }]), NOW)
  const read = await readComposition(JSON.stringify(composition))
  const all = operationsFrom(read.operations, NOW, () => '')
  return { params: all[0]!.params, all, warnings }
}

const search = async (members: Record<string, unknown>): Promise<readonly Record<string, unknown>[]> => {
  const { params } = await taken('file', { searches: { s: { paths: ['/etc'], ...members } } })
  return params['searches'] as Record<string, unknown>[]
}

test('every option of a file search has its counterpart', async () => {
  const options = {
    ...{ matchall: true, macroal: true, mismatch: ['content'], maxdepth: 3, matchlimit: 5, maxerrors: 7 },
    ...{ returnsha256: true, decompress: true, remotefs: true, debug: 'print' }
  }
  const { params } = await taken('file', {
    searches: {
      all: {
        description: 'why',
        paths: ['/etc/../etc//ssh/', '/etc/ssh'],
        ...{ names: ['a', '!b'], contents: ['!c', '!'], modes: ['gt'], sizes: ['<1k', '>2', '3m'] },
        ...{ mtimes: ['<90d', '>5h'], md5: ['A'.repeat(32)], sha3: ['b'.repeat(56)], options }
      }
    }
  })
  assert.deepEqual(params, {
    crossDevices: true,
    remote: true,
    searches: [
      {
        ...{
          label: 'all',
          description: 'why',
          paths: ['/etc/ssh'],
          names: ['a', '!b'],
          contents: ['!c', '(?:!)']
        },
        ...{ modes: ['gt'], sizes: [{ to: 1_024 }, { from: 2 }, { from: 3 << 20, to: 3 << 20 }] },
        mtimes: [{ from: NOW - 90 * DAY }, { to: NOW - 5 * 3_600_000 }],
        ...{ md5: ['a'.repeat(32)], sha3: ['b'.repeat(56)], everyLine: true, mismatch: ['content'] },
        ...{ maxDepth: 3, matchLimit: 5, errorLimit: 7, sha256: true, decompress: true, follow: true }
      }
    ]
  })
})

test('without matchall each check is one of its own; 0 and depths without end are no limit', async () => {
  const [one] = await search({ names: ['x'], options: { maxdepth: 1_000, matchlimit: 0 } })
  assert.deepEqual(one, { label: 's', paths: ['/etc'], names: ['x'], any: true, follow: true })
})

test('what can hit nothing is imported as it was meant, with a word', async () => {
  const hashes = ['a', 'b'].map(digit => digit.repeat(64))
  const both = await search({ names: ['n'], sha2: hashes, options: { matchall: true } })
  assert.deepEqual(
    both.map(({ label, sha2, any }) => [label, sha2, any]),
    [
      ['s', [hashes[0]], undefined],
      ['s.2', [hashes[1]], undefined]
    ]
  )
  const not = await search({ sha2: hashes, options: { matchall: true, mismatch: ['sha2'] } })
  assert.equal(not.length, 1, 'none of two hashes is possible')
  const [named] = await search({ names: ['^a$', '^b$'], options: { matchall: true } })
  assert.deepEqual(named!['names'], ['(?:^a$)|(?:^b$)'])
  const [bare] = await search({})
  assert.equal(bare!['any'], undefined)
  const [starred] = await search({ paths: ['/etc/*.conf'], options: { matchall: true } })
  assert.deepEqual([starred!['paths'], starred!['globs'], starred!['maxDepth']], [['/etc'], ['*.conf'], 1])
  const { warnings } = await taken('file', { s: { paths: ['/tmp/*'], regexes: ['x'] } })
  assert.equal(warnings.length, 3)
})

test('labels, and more checks than one search holds', async () => {
  const { params, warnings } = await taken('file', {
    searches: {
      'a b/ü': { paths: ['/a'], names: Array.from({ length: 600 }, (_, i) => `n${i}`) },
      a_b__: { paths: ['/proc'], names: ['x'] },
      ['l'.repeat(64)]: { paths: ['/b'], names: ['x'] }
    }
  })
  const labels = (params['searches'] as { label: string }[]).map(({ label }) => label)
  assert.deepEqual(labels, ['a_b__', 'a_b__.2', 'a_b__.3', 'a_b__.4', 'l'.repeat(64)])
  assert.equal(params['pseudo'], true)
  assert.equal(warnings.length, 2)
})

test('the other modules, each by its own parameters', async () => {
  const cases: [string, unknown, unknown][] = [
    [
      'netstat',
      { localmac: ['^a', '^b'], connectedip: ['10.1.2.3/8'], listeningport: ['022'], namespaces: true },
      {
        kinds: ['interface', 'listening', 'connected'],
        localMacs: ['(?:^a)|(?:^b)'],
        connectedIps: ['10.0.0.0/8'],
        listeningPorts: [{ from: 22, to: 22 }],
        namespaces: true
      }
    ],
    [
      'pkg',
      { pkgmatch: { matches: ['^linux-'] }, vermatch: '!^4' },
      { kinds: ['dpkg', 'rpm'], states: ['installed'], names: ['^linux-'], versions: ['!(?:^4)'] }
    ],
    ['timedrift', { drift: '1m0.5s' }, { servers: 'own', drift: 60_500 }],
    ['timedrift', {}, { servers: 'own' }],
    [
      'ping',
      { destination: 'google.com', destinationport: 80, protocol: 'tcp', count: 5, timeout: 5 },
      {
        ...{ destination: 'google.com', protocol: 'tcp', port: 80, count: 5 },
        apart: 200,
        wait: 5_000,
        spread: 5_000
      }
    ],
    ['sshkey', {}, { paths: ['/root', '/home'], maxDepth: 8, kinds: ['private', 'public', 'authorised'] }],
    [
      'memory',
      {
        searches: {
          m: { names: ['bash'], contents: ['secret'], bytes: ['AABBCC'], options: { matchall: true } }
        }
      },
      { searches: [{ label: 'm', paths: ['bash'], contents: ['secret'], bytes: ['aabbcc'] }] }
    ],
    [
      'memory',
      { searches: { m: { names: ['bash'], contents: ['secret'] } } },
      {
        searches: [
          { label: 'm', paths: ['bash'] },
          { label: 'm.2', contents: ['secret'], any: true }
        ]
      }
    ],
    [
      'yara',
      { yara: 'rule r { condition: true }', filesearch: "-path /bin -name 's h' -maxdepth 2 -matchlimit=3" },
      {
        rules: ['rule r { condition: true }'],
        where: { paths: ['/bin'], names: ['s h'], maxDepth: 2, follow: true },
        crossDevices: true
      }
    ]
  ]
  for (const [module, parameters, params] of cases)
    assert.deepEqual((await taken(module, parameters)).params, params, module)
  const scribedoc = {
    objects: [{ object: 'o', package: { name: 'openssl' }, filename: {}, filecontent: {} }],
    tests: [{ test: 't', object: 'o', evr: { operation: '<', value: '1.0' } }]
  }
  const policy = await taken('scribe', { scribedoc, onlytrue: true, humanoutput: true })
  assert.deepEqual(policy.params['only'], ['true'])
  assert.equal((await taken('fswatch', {})).all[0]!.module, 'fswatch/1')
})

test('compressed parameters are read', async () => {
  const packed = gzipSync(JSON.stringify({ drift: '5s' })).toString('base64')
  assert.equal((await taken('timedrift', packed, { is_compressed: true })).params['drift'], 5_000)
  const bomb = gzipSync(Buffer.alloc(64 << 20)).toString('base64')
  await assert.rejects(taken('timedrift', bomb, { is_compressed: true }), { code: 'malformed' })
})

test('name, description, threat and window go along', () => {
  const { composition } = importMigAction(
    actionOf([{ module: 'sshkey', parameters: {} }], {
      name: 'a\u0007 name',
      description: { author: 'J', email: 'j@example.org', url: 'http://x', revision: 201409021000 },
      threat: { level: '-', family: 'malware', ref: 'bug1' },
      validfrom: '2015-01-01T00:00:00Z',
      expireafter: '2015-01-02T00:00:30Z'
    }),
    NOW
  )
  const { title, description, threat, expires, target } = composition
  assert.deepEqual(
    { title, description, threat, expires, target },
    {
      title: 'a name',
      description: 'J <j@example.org>, revision 201409021000, http://x',
      threat: 'family malware, ref bug1',
      expires: '1441m',
      target: 'os=linux'
    }
  )
})

const FILE = { module: 'file', parameters: { searches: { s: { paths: ['/etc'], names: ['x'] } } } }
const within = (change: Record<string, unknown>) => ({
  module: 'file',
  parameters: { searches: { s: { paths: ['/etc'], ...change } } }
})
const SEARCH = 'operations\\[0\\]\\.parameters\\.searches\\.s\\.'

test('what is no action, or has no counterpart, is named by its place', () => {
  const cases: [string, string, RegExp][] = [
    ['{', 'malformed', /no JSON/],
    ['[]', 'malformed', /object/],
    [actionOf([FILE], { syntaxversion: 1 }), 'malformed', /^syntaxversion/],
    [actionOf([]), 'malformed', /^operations/],
    [actionOf([FILE], { extra: 1 }), 'no-counterpart', /^extra/],
    [actionOf([FILE, { module: 'audit' }]), 'no-counterpart', /^operations\[1\]\.module.*audit/],
    [actionOf([{ module: 'agentdestroy', parameters: {} }]), 'no-counterpart', /^operations/],
    [actionOf([{ module: 'constructor' }]), 'no-counterpart', /^operations\[0\]\.module/],
    [actionOf([within({ paths: [] })]), 'no-counterpart', new RegExp(`^${SEARCH}paths`)],
    [actionOf([within({ paths: ['etc'] })]), 'malformed', new RegExp(`^${SEARCH}paths\\[0\\]`)],
    [actionOf([within({ paths: ['/home/*/.ssh'] })]), 'no-counterpart', new RegExp(`^${SEARCH}paths\\[0\\]`)],
    [actionOf([within({ sizes: ['5', '<'] })]), 'malformed', new RegExp(`^${SEARCH}sizes\\[1\\]`)],
    [actionOf([within({ mtimes: ['5d'] })]), 'malformed', new RegExp(`^${SEARCH}mtimes\\[0\\]`)],
    [actionOf([within({ md5: ['abc'] })]), 'malformed', new RegExp(`^${SEARCH}md5\\[0\\]`)],
    [actionOf([within({ names: [1] })]), 'malformed', new RegExp(`^${SEARCH}names\\[0\\]`)],
    [actionOf([within({ owners: ['x'] })]), 'no-counterpart', new RegExp(`^${SEARCH}owners`)],
    [actionOf([within({ names: ['(?=x)'] })]), 'bad-params', /Operation o1.*name/],
    [actionOf([within({ names: ['x'], options: { mismatch: ['x'] } })]), 'bad-params', /mismatch/],
    [actionOf([{ module: 'ping', parameters: { destination: 'a', protocol: 'tcp' } }]), 'malformed', /port/],
    [
      actionOf([{ module: 'pkg', parameters: { pkgmatch: { matches: ['^libc6:amd64$'] } } }]),
      'no-counterpart',
      /matches\[0\]/
    ],
    [
      actionOf([
        { module: 'yara', parameters: { yara: 'rule r { condition: true }', filesearch: '-path /a -md5 x' } }
      ]),
      'no-counterpart',
      /filesearch: -md5/
    ]
  ]
  for (const [text, code, sentence] of cases)
    assert.throws(() => importMigAction(text, NOW), { code, message: sentence }, text.slice(0, 200))
})

test('no word of a stranger begins a line of its own in an error', () => {
  const evil = 'x\nerror[internal]: y\nfix: curl evil'
  for (const text of [
    actionOf([FILE], { [evil]: 1 }),
    actionOf([within({ [evil]: 1 })]),
    actionOf([within({ paths: [evil] })]),
    actionOf([within({ paths: [`/${evil}/*/x`] })]),
    actionOf([within({ names: [`(${evil}`] })]),
    actionOf([{ module: evil }]),
    actionOf([{ module: 'file', parameters: { searches: { [evil]: 1 } } }]),
    actionOf([{ module: 'yara', parameters: { yara: `rule ${evil}`, filesearch: '-path /a' } }]),
    actionOf([
      { module: 'yara', parameters: { yara: 'rule r { condition: true }', filesearch: `'${evil}'` } }
    ])
  ])
    assert.throws(
      () => importMigAction(text, NOW),
      (error: GumshoeError) => !/[\r\n]/.test(`${error.message}${error.fix}`) || assert.fail(error.message)
    )
})

test('a target of the asker’s own stands in for the SQL', () => {
  const text = actionOf([FILE], { target: 'no sql at all' })
  assert.throws(() => importMigAction(text, NOW), { code: 'bad-target' })
  assert.equal(importMigAction(text, NOW, 'role=web').composition.target, 'role=web')
})

test('deep, huge and swapped: each ends in an error of ours, at once', () => {
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
  const members = Object.fromEntries(
    Array.from({ length: 3_000 }, (_, i) => [`s${i}`, { paths: ['/'], names: ['x'] }])
  )
  for (const [text, code] of [
    [deep, 'malformed'],
    [
      actionOf([{ module: 'scribe', parameters: { scribedoc: 1 } }]).replace(
        '"scribedoc":1',
        `"scribedoc":${deep}`
      ),
      'malformed'
    ],
    [' '.repeat(LIMITS.migActionBytes + 1), 'too-large'],
    [actionOf([{ module: 'file', parameters: { searches: members } }]), 'too-large'],
    [actionOf(Array(17).fill(FILE)), 'too-large'],
    [
      actionOf([
        within({
          options: { matchall: true },
          sha2: Array.from({ length: 200 }, (_, i) => String(i).padStart(64, '0')),
          md5: Array.from({ length: 200 }, (_, i) => String(i).padStart(32, '0'))
        })
      ]),
      'too-large'
    ]
  ] as const)
    assert.throws(() => importMigAction(text, NOW), { code })
})

/** Every value of one of the published actions, each in turn made something else. */
test('any change to an action is taken, or refused by an error of ours that names a place', () => {
  const text = readFileSync(new URL('../../vectors/mig/example_v2.json', import.meta.url), 'utf8')
  const count = { places: 0 }
  JSON.parse(text, (_, value) => {
    count.places++
    return value as unknown
  })
  const changed = (at: number, to: unknown): string => {
    let i = 0
    return JSON.stringify(JSON.parse(text, (_, value) => (i++ === at ? to : value) as unknown))
  }
  fc.assert(
    fc.property(fc.nat(count.places - 1), fc.jsonValue({ maxDepth: 3 }), (at, to) => {
      try {
        importMigAction(changed(at, to) ?? 'null', NOW)
      } catch (error) {
        assert.ok(error instanceof GumshoeError, String((error as Error).stack))
        assert.notEqual(error.code, 'internal')
        assert.match(error.message, /\S/)
      }
    }),
    { numRuns: 400 }
  )
})
