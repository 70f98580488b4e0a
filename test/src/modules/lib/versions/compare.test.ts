import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  COMPARISONS,
  compareVersions,
  holds,
  isVersion,
  PACKAGE_KINDS,
  type PackageKind
} from '../../../../../src/modules/lib/versions/compare.ts'

/** Each line is a chain: what stands left of < is older, what stands around = is the same. */
const CHAINS: Record<PackageKind, string> = {
  // As dpkg --compare-versions has it.
  dpkg: `
    0:0-0 = 0-0 = 0 = 00:000-0
    1.0~~ < 1.0~~a < 1.0~ < 1.0 = 1.0- = 1.0-0 < 1.0-1 < 1.0-1+b1 < 1.0-1.1 < 1.0a < 1.0+dfsg < 1.0.1
    0:9.9 < 1:0.1 = 01:0.1 < 2:0
    1.2.3-4 < 1.2.3-10 < 1.2.10-1 < 1.10
    2.0-1~bpo12+1 < 2.0-1
    1.2-3-4 < 1.2-3-5
    99999999999999999999998 < 99999999999999999999999 = 099999999999999999999999
    3.0.9-1 < 3.0.11-1~deb12u2 < 3.0.11-1`,
  // From the tests of rpm itself.
  rpm: `
    1.0 < 2.0 < 2.0.1 < 2.0.1a
    5.5p1 < 5.5p2 < 5.5p10 < 5.6p1 < 6.5p1
    10xyz < 10.1xyz
    xyz.4 < 2 < 8
    6.0 < 6.0.rc1
    10a2 < 10b2
    10.0001 = 10.1 < 10.0039
    4.999.9 < 5.0
    2.0 = 2_0
    a+ = a_
    1.0~rc1~git123 < 1.0~rc1 < 1.0~rc2 < 1.0
    1.0 < 1.0^ < 1.0^git1 < 1.0^git2 < 1.01
    1.0^20160101 < 1.0^20160101^git1 < 1.0^20160102
    1.0~rc1 < 1.0~rc1^git1 < 1.0
    1.0^git1~pre < 1.0^git1
    9:0 < 10:0
    1.1.1k-9.el8 < 1.1.1k-12.el8_9 < 1:1.1.1c-1
    1.2.3 = 1.2.3-9 = 0:1.2.3
    1.2.3-1 < 1.2.3-9`,
  // From the tests of apk-tools, and beside them.
  apk: `
    0.1.0_alpha_pre2 < 0.1.0_alpha < 0.1.0_alpha2 < 0.1.3_alpha < 2.2.39-r1
    1.0.4-r3 < 1.0.4-r4 < 1.6
    1.1_alpha1 < 1.1 < 1.2 < 1.2.1 < 1.3_alpha < 1.3_alpha2
    2.3.0b-r1 < 2.3.0b-r2
    3.1_p16 < 3.1_p17 < 006
    0.12.1 < 0.12.2
    1.06-r6 < 006
    4.2.52_p2-r1 < 4.2.52_p4-r2
    1.00_beta2 < 1.39
    1.02 < 1.03-r1 < 1.12.12-r2
    2.01.01_alpha10 < 3.9.8-r5
    6b-r7 < 6b-r8
    0.9.8c-r1 < 0.9.8d
    1.3_pre1-r1 < 1.3.2
    1.3-r0 < 1.3.1-r0
    1.0_p9-r0 < 1.0_p10-r0
    23_beta = 23_beta
    4_beta < 23_foo
    1.0.0_pre20191002222144-r0 < 1.0.0_pre20210530193627-r0
    1.2_rc1 < 1.2 < 1.2-r1 < 1.2_p1 < 1.2a < 1.2.1
    02.08.01b < 2.10.1
    8.2.0 < 8.2.001 < 8.2.0015 < 8.2.002 < 8.2.1
    1.0~1234 < 1.0~2345
    1.0~1234-r0 < 1.0~1234-r1 < 1.0~2345-r0`,
  // From the tests of vercmp.
  pacman: `
    1.5.0-1 < 1.5.0-2 < 1.5.1-1
    1.5-1 < 1.5-2 < 1.5.1-1 < 1.5.1-2
    1.5 = 1.5-1
    1.1 = 1.1-1
    1.0a < 1.0alpha < 1.0b < 1.0beta < 1.0rc < 1.0
    1.5b < 1.5 < 1.5.a < 1.5.b < 1.5.1
    1.5.b-1 = 1.5.b
    2.0 = 2_0
    2.0_a = 2_0.a
    2.0a < 2.0.a
    2_a < 2___a
    0:1.0 < 0:1.1 < 1:1.0 < 1:1.1
    0:1.0 = 1.0
    0:1.1-1 < 1:1.0-1`,
  // From PEP 440 and the tests of packaging.
  python: `
    1.dev0 < 1.0.dev456 < 1.0a1 < 1.0a2.dev456 < 1.0a12.dev456 < 1.0a12 < 1.0b1.dev456 < 1.0b2 < 1.0b2.post345.dev456
    1.0b2.post345.dev456 < 1.0b2.post345 < 1.0rc1.dev456 < 1.0rc1 < 1.0 < 1.0+abc.5 < 1.0+abc.7 < 1.0+5 < 1.0.post456.dev34
    1.0.post456.dev34 < 1.0.post456 < 1.1.dev1 < 1.2+123abc < 1.2+123abc456 < 1.2+abc < 1.2+1234.abc < 1.2+123456
    1.2+123456 < 1.2.r32+123456 < 1.2.rev33+123456 < 1!1.0
    1.0 = v1.0 = 1 = 1.0.0 = 0!1
    1.0rc1 = 1.0c1 = 1.0-RC.1 = 1.0_pre1 = 1.0preview1
    1.0-1 = 1.0.post1 = 1.0rev1
    1.0a = 1.0a0 = 1.0alpha0`,
  // From section 11 of the specification.
  npm: `
    1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-alpha.beta < 1.0.0-beta < 1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 < 1.0.0
    1.0.0 = v1.0.0 = 1.0.0+build.5 = 1 = 1.0
    1.9.0 < 1.10.0 < 1.11.0 < 2.0.0-0 < 2.0.0--1 < 2.0.0
    99999999999999999999998.0.0 < 99999999999999999999999.0.0`,
  // From the tests of RubyGems.
  gem: `
    1.2 = 1.2.0 = 1.2.0.0
    1.2.a < 1.2.b1 < 1.2.b2 < 1.2.b10 < 1.2 < 1.3
    1.8.2.a < 1.8.2.a10 < 1.8.2.b < 1.8.2
    1.8.2.a9 < 1.8.2.a10
    5.a < 5.0.0.rc2 < 5.0.0 < 5.0.1
    1.9.3.alpha.5 < 1.9.3
    1.0.0-1 < 1.0.0 < 1.0.0.1`,
  go: `
    v0.0.0-20190101000000-abcdefabcdef < v0.0.0-20200101000000-abcdefabcdef < v0.0.1
    v1.2.3-pre.0.20200101000000-abcdefabcdef < v1.2.3
    v2.0.0+incompatible = v2.0.0
    1.21 = go1.21.0 < 1.22beta1 < go1.22rc1 < 1.22rc2 < 1.22.0 < 1.22.10`
}

const chainsOf = (kind: PackageKind): string[][] =>
  CHAINS[kind]
    .trim()
    .split('\n')
    .map(line => line.trim().split(/ +/))

for (const kind of PACKAGE_KINDS)
  test(`${kind}: versions stand in the order of their own tools`, () => {
    for (const words of chainsOf(kind))
      for (let i = 0; i + 2 < words.length; i += 2) {
        const [a, sign, b] = words.slice(i, i + 3) as [string, string, string]
        const order = sign === '<' ? -1 : 0
        assert.equal(Math.sign(compareVersions(kind, a, b)!), order, `${a} ${sign} ${b}`)
        assert.equal(Math.sign(compareVersions(kind, b, a)!) + order, 0, `${b} and ${a}, the other way round`)
      }
  })

test('what is no version of its kind is not compared', () => {
  const odd: [PackageKind, string][] = [
    ['python', '1.0-final'],
    ['python', 'unknown'],
    ['npm', '1.2.3.4'],
    ['npm', 'latest'],
    ['gem', 'x1'],
    ['go', 'devel'],
    ['apk', '1.0_foo'],
    ['apk', '1.0_previous']
  ]
  for (const [kind, version] of odd)
    assert.equal(compareVersions(kind, version, '1.0'), undefined, `${kind} ${version}`)
  for (const version of [
    '',
    ' ',
    '-1',
    '1.0\n',
    '1 0',
    '1\u0000',
    '1/2',
    'ü',
    '1'.repeat(256),
    'secret words'
  ])
    for (const kind of PACKAGE_KINDS) assert.equal(compareVersions(kind, version, '1'), undefined, version)
  assert.ok(isVersion('1'.repeat(255)))
})

test('five comparisons, each true of the orders that it names', () => {
  const truths = COMPARISONS.map(comparison => [-1, 0, 1].map(order => holds(comparison, order)))
  assert.deepEqual(truths, [
    [true, false, false],
    [true, true, false],
    [false, true, false],
    [false, true, true],
    [false, false, true]
  ])
})

test('every order is the opposite of its opposite, and of what is alike', () => {
  const version = fc.stringMatching(/^[0-9a-c][0-9a-c.~^_:+-]{0,12}$/)
  fc.assert(
    fc.property(fc.constantFrom(...PACKAGE_KINDS), version, version, (kind, a, b) => {
      const [there, back] = [compareVersions(kind, a, b), compareVersions(kind, b, a)]
      assert.equal(there === undefined, back === undefined)
      if (there !== undefined) assert.equal(Math.sign(there) + Math.sign(back!), 0, `${kind} ${a} ${b}`)
      const same = compareVersions(kind, a, a)
      assert.ok(same === 0 || same === undefined, `${kind} ${a}`)
    })
  )
})
