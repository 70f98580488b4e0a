import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMANDS } from '../../../console/commands/index.ts'
import { runProgram, VERSION } from '../../../src/cli/program.ts'
import { ROOT } from '../../source-tree.ts'
import { runConsole } from '../../support/console-run.ts'

test('the version is the one of the package', () => {
  assert.equal(VERSION, JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version)
})

const MISTAKES: [argv: string, status: number, says: RegExp][] = [
  ['fiel', 2, /^error\[usage\]: There is no command fiel; did you mean file\?$/m],
  ['nonsense', 2, /There is no command nonsense\.$/m],
  ['export a17 -o -', 2, /-o - is no file\.\nfix: gumshoe show a17 --json /],
  ['--nonsense', 2, /There is no flag --nonsense in gumshoe without a command\.$/m],
  ['--jsno', 2, /There is no flag --jsno in gumshoe without a command; did you mean --json\?$/m],
  [
    '--charter=x',
    2,
    /There is no flag --charter in gumshoe without a command; gumshoe agentinfo takes it\.$/m
  ],
  ['mesh --exipres 1y', 2, /no flag --exipres in gumshoe mesh without a command; did you mean --expires\?$/m],
  ['nonsense twice', 2, /There is no command nonsense\.$/m],
  ['local nonsense', 2, /There is no module nonsense\.\nfix: gumshoe local --help lists them\.$/m],
  ['local proces --name x', 2, /There is no module proces; did you mean process\?$/m],
  ['odd nonsense -t all', 2, /There is no module nonsense\.$/m],
  ['file --path /etc -t all --limit-wall soon', 2, /--limit-wall soon: this is no number\.$/m],
  ['ping --destination x --port=http -t all', 2, /--port http: this is no number\.$/m],
  ['file --pth /etc -t all', 2, /There is no flag --pth in gumshoe file; did you mean --path\?$/m],
  ['show', 2, /show needs <action> \[host\]\.$/m],
  ['file -t', 2, /-t needs a value\.$/m],
  ['file --mismatch x --path / -t all', 2, /file --mismatch: x is none of .*content/],
  ['file --path /etc', 2, /error\[bad-target\]: .*-t is missing/],
  ['file --path /etc -t "role=="', 2, /error\[bad-target\]/],
  ['file --path etc -t all', 2, /error\[bad-params\]: --path etc/],
  ['file --path /etc --name ( -t all', 2, /error\[bad-params\]: .*--name/],
  ['file --path /etc --size lots -t all', 2, /error\[bad-params\]: --size lots/],
  ['file --path /etc -t all --ceiling 200%', 2, /--ceiling 200%/],
  ['file --path /etc -t all --expires soon', 2, /--expires "soon"/],
  ['file --path /etc -t all --limit-wall 0', 2, /--limit-wall 0/],
  ['mesh', 2, /mesh needs one of create, show, join/],
  ['agents --home', 2, /home needs a value/],
  [
    'mesh ad',
    2,
    /There is no command ad in gumshoe mesh; did you mean add\?\nfix: .*gumshoe mesh --help\.$/m
  ],
  ['mesh revok person joe', 2, /There is no command revok in gumshoe mesh; did you mean revoke\?/],
  ['mesh add', 2, /mesh add needs <what> <who>\.\nfix: gumshoe --help, or gumshoe mesh add --help\.$/m],
  [
    'key list --nmae x',
    2,
    /There is no flag --nmae in gumshoe key list\.\nfix: .*gumshoe key list --help\.$/m
  ],
  ['key export', 2, /key export needs --out\.$/m],
  ['key export --ouf x', 2, /There is no flag --ouf in gumshoe key export; did you mean --out\?$/m],
  ['mesh revoke agnet x', 2, /mesh revoke <what>: agnet is none of agent, .*; did you mean agent\?$/m],
  ['help tarket', 2, /There is no help on tarket; did you mean target\?$/m],
  ['help mesh ad', 2, /There is no help on mesh ad; did you mean add\?$/m],
  ['help target web', 2, /There is no help on target web\.$/m],
  ['help --yes', 2, /There is no flag --yes in gumshoe help\.$/m],
  ['help file --yes', 2, /There is no flag --yes in gumshoe help\.$/m],
  ['modules --yes', 2, /There is no flag --yes in gumshoe modules\.$/m]
]

test('each mistake is a sentence that names it, with a fix and a status, and no stack', async () => {
  const home = join(ROOT, 'no-such-home')
  for (const [argv, status, says] of MISTAKES) {
    const words = argv.split(' ').map(word => word.replaceAll('"', ''))
    const { err, was } = await typed([...words, ...(argv.endsWith('--home') ? [] : [`--home=${home}`])])
    assert.match(err, says, argv)
    // A sentence may have lines of its own: the caret under a target.
    assert.match(err, /^error\[[a-z-]+\]: .*\n( {2}.*\n)*fix: \S.*\n$/, argv)
    assert.equal(was, status, argv)
  }
})

test('each program names a flag that stands without a command', async () => {
  for (const [flag, argv] of [
    ['--nonsense', ['agent/gumshoe-agent.cjs', '--nonsense']],
    ['--chartre', ['bootstrap-nodes/gumshoe-bootstrap.cjs', '--chartre', 'x']]
  ] as const) {
    const child = spawnSync(process.execPath, [join(ROOT, argv[0]), ...argv.slice(1)], { encoding: 'utf8' })
    assert.match(child.stderr, new RegExp(`^error\\[usage\\]: There is no flag ${flag} in gumshoe-`))
    assert.equal(child.status, 2)
  }
})

/** In this process: what it says on standard error, and its status. */
const typed = async (argv: readonly string[]): Promise<{ err: string; was: number }> => {
  const write = process.stderr.write.bind(process.stderr)
  let err = ''
  process.stderr.write = ((text: string) => {
    err += text
    return true
  }) as never
  try {
    return { was: await runProgram('gumshoe', argv, COMMANDS), err }
  } finally {
    process.stderr.write = write
    process.exitCode = undefined
  }
}

test('help, a home that is none, and no command at all', async () => {
  const [help, file, target, none, noHome] = await Promise.all([
    runConsole(['--help']),
    runConsole(['help', 'file']),
    runConsole(['help', 'target']),
    runConsole([]),
    runConsole(['agents', '--home', join(ROOT, 'no-such-home')])
  ])
  for (const { status } of [help, file, target]) assert.equal(status, 0)
  assert.match(help.out, /gumshoe show <action> \[host\]/)
  assert.match(file.out, /--md5 .*\n/)
  assert.match(file.out, /Examples:/)
  assert.match(target.out, /hostname~"web-\*"/)
  assert.deepEqual([none.status, none.out], [2, ''])
  assert.match(none.err, /gumshoe show <action>/)
  assert.equal(noHome.status, 2)
  assert.match(noHome.err, /^error\[no-home\]: .*no-such-home/)
})

test('a reader that goes away ends the program quietly', async () => {
  const { err, status } = await runConsole(['help', 'file'], { closeAfterFirstChunk: true })
  assert.equal(err, '')
  assert.equal(status, 0)
})
