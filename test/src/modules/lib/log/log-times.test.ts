import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { HostFiles } from '../../../../../src/modules/lib/host/host-files.ts'
import { type Zone, zoneNamed, zoneOf } from '../../../../../src/modules/lib/host/zone.ts'
import { stampOf } from '../../../../../src/modules/lib/log/log-times.ts'
import { runLimits } from '../../../../../src/modules/lib/run-limits.ts'
import { plant } from '../../../../support/ask-file.ts'

const BERLIN = zoneNamed('Europe/Berlin')!
const ANCHOR = Date.parse('2026-11-24T12:00:00Z')

const at = (line: string, anchor = ANCHOR, zone: Zone = BERLIN): string | undefined => {
  const stamp = stampOf(line, () => zone, anchor)
  return stamp && `${new Date(stamp.time).toISOString().slice(0, 19)} ${stamp.program ?? '-'}`
}

test('stamps of many programs are read, each with what wrote it', () => {
  for (const [line, stamp] of [
    ['Nov 24 09:12:04 web sshd[311]: Failed password', '2026-11-24T08:12:04 sshd'],
    ['Nov  4 09:12:04 web CRON[1]: x', '2026-11-04T08:12:04 CRON'],
    ['Jul  4 09:12:04 web kernel: x', '2026-07-04T07:12:04 kernel'],
    ['<13>Nov 24 09:12:04 web su: x', '2026-11-24T08:12:04 su'],
    ['Nov 24 2024 09:12:04.123 web app: x', '2024-11-24T08:12:04 app'],
    ['2026-11-24T09:12:04.123456+01:00 web sshd[311]: x', '2026-11-24T08:12:04 sshd'],
    ['2026-11-24T09:12:04Z web app: x', '2026-11-24T09:12:04 app'],
    ['2026-11-24 09:12:04 status installed x', '2026-11-24T08:12:04 -'],
    ['2026-11-24 09:12:04,123 INFO x', '2026-11-24T08:12:04 -'],
    ['<34>1 2026-11-24T09:12:04.003-05:30 web su - ID47 - x', '2026-11-24T14:42:04 su'],
    ['type=USER_LOGIN msg=audit(1795511524.123:456): pid=1', '2026-11-24T09:12:04 USER_LOGIN'],
    ['node=web type=EXECVE msg=audit(1795511524.1:4): x', '2026-11-24T09:12:04 EXECVE'],
    ['203.0.113.7 - - [24/Nov/2026:09:12:04 +0100] "GET / HTTP/1.1" 200 1', '2026-11-24T08:12:04 -']
  ] as const)
    assert.equal(at(line), stamp, line)
})

test('what is no stamp, or a day that does not exist, is none', () => {
  for (const line of [
    '',
    'no stamp',
    'Nov 31 09:12:04 web a: x',
    'Foo 24 09:12:04 web a: x',
    'Nov 24 24:12:04 web a: x',
    '2026-02-30T09:12:04Z x',
    '2026-13-01 09:12:04 x',
    '[99/Nov/2026:09:12:04 +0000]'
  ])
    assert.equal(at(line), undefined, line)
})

test('a date without a year is the newest that does not come after the file', () => {
  assert.equal(at('Dec 31 23:59:59 h a: x', Date.parse('2026-01-01T00:10:00Z')), '2025-12-31T22:59:59 a')
  assert.equal(at('Nov 24 09:00:00 h a: x', Date.parse('2020-11-24T09:00:00Z')), '2020-11-24T08:00:00 a')
  // Clocks of a host and of the machine that it logs to differ by hours at most.
  assert.equal(at('Nov 25 09:00:00 h a: x'), '2026-11-25T08:00:00 a')
  assert.equal(at('Nov 26 09:00:00 h a: x'), '2025-11-26T08:00:00 a')
  assert.equal(at('Feb 29 12:00:00 h a: x'), '2024-02-29T11:00:00 a')
  assert.equal(at('Feb 29 12:00:00 h a: x', Date.parse('2103-06-01T00:00:00Z')), '2096-02-29T11:00:00 a')
})

test('clocks that were put back or on', () => {
  assert.equal(at('2026-10-25 02:30:00 x'), '2026-10-25T00:30:00 -')
  assert.equal(at('2026-10-25 03:30:00 x'), '2026-10-25T02:30:00 -')
  assert.equal(at('2026-03-29 01:59:00 x'), '2026-03-29T00:59:00 -')
  assert.equal(at('2026-03-29 03:00:00 x'), '2026-03-29T01:00:00 -')
})

const hostOf = (
  t: TestContext,
  files: Record<string, string>,
  links: Record<string, string> = {}
): HostFiles => {
  const root = plant(t, files)
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    symlinkSync(target, join(root, path))
  }
  return new HostFiles({
    root,
    signal: new AbortController().signal,
    limits: runLimits().defaults,
    asOf: ANCHOR
  })
}

test('the zone of a host is read from its own files', t => {
  const hours = (zone: Zone) => (Date.UTC(2026, 6, 1, 12) - zone.utc(2026, 7, 1, 12, 0, 0)) / 3_600_000
  const link = 'etc/localtime'
  for (const [files, links, offset, known] of [
    [{}, {}, 0, true],
    [{}, { [link]: '/usr/share/zoneinfo/America/New_York' }, -4, true],
    [{}, { [link]: '../usr/share/zoneinfo/posix/Asia/Kolkata' }, 5.5, true],
    [{ 'etc/timezone': 'Europe/Berlin\n' }, {}, 2, true],
    [{ [link]: 'TZif2...\n<+0330>-3:30\n' }, {}, 3.5, true],
    [{ [link]: 'TZif2...\nCET-1CEST,M3.5.0,M10.5.0/3\n' }, {}, 0, false],
    [{ [link]: 'TZif2...\nCET-1CEST,M3.5.0,M10.5.0/3\n', 'etc/timezone': 'Europe/Berlin' }, {}, 2, true],
    [{}, { [link]: '/usr/share/zoneinfo/No/Such' }, 0, false],
    [{ 'etc/timezone': '../../etc/passwd' }, {}, 0, true]
  ] as const) {
    const zone = zoneOf(hostOf(t, files, links))
    assert.deepEqual([hours(zone), zone.known], [offset, known], JSON.stringify([files, links]))
  }
})

test('no line crashes it, and a stamp is a number', () => {
  const piece = fc.constantFrom(
    'Nov ',
    '24',
    ' ',
    ':',
    '09',
    '2026',
    '-',
    'T',
    '[',
    ']',
    '/',
    '<13>',
    'audit(',
    'type=A msg=',
    ')',
    '+0100',
    'a',
    '1'
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
      const stamp = stampOf(pieces.join(''), () => BERLIN, ANCHOR)
      assert.ok(stamp === undefined || Number.isSafeInteger(stamp.time))
    }),
    { numRuns: 5_000 }
  )
})
