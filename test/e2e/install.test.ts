import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../../console/tour/fleet.ts'
import { executables } from '../support/executables.ts'
import { makeFleet } from '../support/fleet.ts'
import { eventually } from '../support/members.ts'
import { PrivateHost } from '../support/private-host.ts'

/**
 * The agent as a service, installed with the system's own tools in namespaces of the test's own; it needs root. OpenRC is
 * taken from GUMSHOE_OPENRC where the host has none: a directory that its package is unpacked in (docs/install.md).
 */
const AGENT = '/usr/local/bin/gumshoe-agent'
const HOME = '/var/lib/gumshoe-agent'
/** CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE. */
const RIGHTS = '0000000000080004'

/** All that installing may touch: names of files, and who there is. Backups of the passwd tools are theirs, and so is what systemd-analyze caches. */
const SNAPSHOT = `find /etc /var/lib /var/log /var/spool /usr/local /run -xdev ! -name '*-' ! -name .pwd.lock ! -name subuid ! -name subgid ! -path '/run/systemd*' | sort; getent passwd; getent group`

test('install makes a service that reads everything and owns nothing, again changes nothing, uninstall leaves nothing', {
  timeout: 400_000
}, async t => {
  const host = await PrivateHost.make(process.env['GUMSHOE_OPENRC'])
  if (host === undefined) return t.diagnostic('No namespaces can be made here: run it as root.')
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-install-'))
  const fleet = await makeFleet(1, undefined, await executables())
  t.after(async () => {
    await host.close()
    await fleet.remove()
    rmSync(directory, { recursive: true, force: true })
  })
  const personal = join(directory, 'web-agent')
  const made = await fleet.fleet.run('gumshoe', [
    ...['enrol', '--home', fleet.anna, '--yes', '--tag', 'role=db', '--max', '3', '--out', personal],
    ...['--binary', join(await executables(), `gumshoe-agent-linux-${process.arch}`)]
  ])
  assert.equal(made.status, 0, made.screen)
  mkdirSync(join(directory, 'secret'), { mode: 0o700 })
  writeFileSync(join(directory, 'secret/beacon'), 'x', { mode: 0o600 })
  const type = async (line: string, status = 0): Promise<string> => {
    const said = await host.type(line)
    assert.equal(said.status, status, `${line}\n${said.out}`)
    return said.out
  }
  let before = (await type(SNAPSHOT)).split('\n')
  const leavesNothing = async (): Promise<void> => {
    const now = (await type(SNAPSHOT)).split('\n')
    const onlyIn = (some: string[], others: string[]) => some.filter(line => !others.includes(line))
    assert.deepEqual({ more: onlyIn(now, before), less: onlyIn(before, now) }, { more: [], less: [] })
  }
  const install = `env -i ${personal} install --listen /ip4/127.0.0.1/tcp/${await freePort()}`

  // Root has tried it before, as it was told; the home is the agent's all the same.
  await host.type(`timeout -s TERM 3 env -i ${personal} run --listen /ip4/127.0.0.1/tcp/0`)
  assert.match(await type(`stat -c %U ${HOME}/agent.cbor`), /^root$/m)
  assert.match(await type(`${install} --init init`), /installed \(init\) and runs/)
  const pid = await type('cat /run/gumshoe-agent.pid')
  const status = await type(`cat /proc/${pid.trim()}/status`)
  assert.doesNotMatch(status, /^Uid:.*\b0\b/m)
  for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    assert.match(status, new RegExp(`^${set}:\\s*${RIGHTS}$`, 'm'))
  assert.match(status, /^NoNewPrivs:\s*1$/m)
  assert.match(
    await type(`stat -c '%U %a' ${HOME} ${HOME}/agent.cbor`),
    /^gumshoe-agent 700\ngumshoe-agent 600$/m
  )
  assert.match(await type(`stat -c '%U %a' ${AGENT}`), /^root 755$/m)

  await eventually('the host is known', async () => (await fleet.ask('agents')).length === 2, 30_000)
  const question = ['file', '--path', directory, '--name', '^beacon$', '-t', 'role=db', '--yes']
  const answer = (await fleet.ask(...question)).find(({ type }) => type === 'host')
  // In a directory that root alone may enter.
  assert.deepEqual([answer?.['state'], answer?.['verdict']], ['done', 'yes'])
  // It may look into others, and has given up to trace them.
  assert.match(await type(`cat /proc/${pid.trim()}/status`), /^Seccomp:\s*2$/m)

  const again = await type(`${install} --init init`)
  assert.equal(again.match(/: unchanged$/gm)?.length, 4, again)
  assert.equal(await type('cat /run/gumshoe-agent.pid'), pid)
  assert.match(await type(`env -i ${AGENT} status`), /runs \(init\)/)

  // One that was upgraded is stopped, though its file has gone.
  await type(`cp ${AGENT} ${AGENT}.new && mv ${AGENT}.new ${AGENT} && /etc/init.d/gumshoe-agent restart`)
  const newer = await type('cat /run/gumshoe-agent.pid')
  assert.notEqual(newer, pid)
  assert.equal((await host.type(`kill -0 ${pid}`)).status, 1)
  // An executable that another user owns or may change, or a link to one, would be his to run as the agent.
  for (const spoil of [
    `chown 12345 ${AGENT}`,
    `chmod 777 ${AGENT}`,
    `mv ${AGENT} /tmp/theirs && ln -s /tmp/theirs ${AGENT}`
  ]) {
    await type(spoil)
    assert.match(await type(`${install} --init init`), /gumshoe-agent: made$/m)
    assert.match(await type(`stat -c '%F %U %a' ${AGENT}`), /^regular file root 755$/m)
  }
  // Nobody else may change what lies above the home.
  await type('mkdir -m 777 /var/lib/open')
  await type(`${install} --init init --home /var/lib/open/home`, 8)
  await type('rm -r /var/lib/open /tmp/theirs')

  await type(`env -i ${AGENT} uninstall`, 2)
  await type(`env -i ${AGENT} uninstall --yes`)
  await leavesNothing()
  assert.equal((await host.type(`kill -0 ${pid}`)).status, 1)
  assert.match(await type(`env -i ${personal} uninstall --yes`), /was not there/)

  await type(`${install} --init systemd --home /var/lib/elsewhere`)
  assert.equal(await type('systemd-analyze verify /etc/systemd/system/gumshoe-agent.service'), '')
  await type('test -e /etc/systemd/system/multi-user.target.wants/gumshoe-agent.service')
  // Looked after, and removed, where it was put.
  assert.match(
    await type(`env -i ${AGENT} status`, 3),
    /12D3\w+, charter .*\/var\/lib\/elsewhere[\s\S]*does not run \(systemd\)/
  )
  await type(`env -i ${AGENT} uninstall --yes`)
  await leavesNothing()

  await type(`${install} --init openrc --listen '/ip4/$(id)/tcp/1'`, 2)
  await leavesNothing()

  if ((await host.type('test -x /sbin/openrc-run')).status !== 0)
    return t.diagnostic('Not tried here: OpenRC, which this host lacks and GUMSHOE_OPENRC does not name.')
  // As a host has it that OpenRC has started; and what it keeps about the services of this one.
  await type('mkdir -p /run/openrc && touch /run/openrc/softlevel && openrc default')
  before = (await type(SNAPSHOT)).split('\n')
  const runs = async (): Promise<string> => (await type('pgrep -o -u gumshoe-agent')).trim()
  assert.match(await type(`${install} --init openrc`), /installed \(openrc\) and runs/)
  await eventually('the agent runs', async () => (await host.type('pgrep -u gumshoe-agent')).status === 0)
  const supervised = await runs()
  const rights = await type(`cat /proc/${supervised}/status`)
  assert.doesNotMatch(rights, /^Uid:.*\b0\b/m)
  for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    assert.match(rights, new RegExp(`^${set}:\\s*${RIGHTS}$`, 'm'))
  assert.match(await type('rc-update show default'), /gumshoe-agent/)
  assert.equal((await type(`${install} --init openrc`)).match(/: unchanged$/gm)?.length, 4)
  assert.equal(await runs(), supervised)
  await type(`kill -9 ${supervised}`)
  await eventually(
    'it is started again',
    async () => {
      const { status, out } = await host.type('pgrep -o -u gumshoe-agent')
      return status === 0 && out.trim() !== supervised
    },
    60_000
  )
  await type('rc-service gumshoe-agent stop')
  assert.match(await type(`env -i ${AGENT} status`, 3), /does not run \(openrc\)/)
  // With the machine it comes back.
  await type('openrc default')
  assert.match(await type(`env -i ${AGENT} status`), /runs \(openrc\)/)
  const peer = /\b12D3\w+/.exec(await type(`env -i ${AGENT} status`))![0]
  await eventually(
    'it was at the mesh',
    async () => JSON.stringify(await fleet.ask('agents')).includes(peer),
    60_000
  )
  await fleet.stage.quietly('gumshoe', ['mesh', 'revoke', 'agent', peer, '--home', fleet.anna, '--yes'])
  const restarted = await runs()
  await eventually(
    'it says that it is revoked',
    async () => (await type('cat /var/log/gumshoe-agent.log')).includes('"event":"stays"'),
    120_000
  )
  assert.equal(await runs(), restarted, 'nothing starts it again')
  assert.match(await type(`env -i ${AGENT} status`, 3), /revoked/)
  await type(`env -i ${AGENT} uninstall --yes`)
  await leavesNothing()
  assert.equal((await host.type('pgrep -u gumshoe-agent')).status, 2)
})
