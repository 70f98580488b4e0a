import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, symlinkSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { codeOf } from '../../../src/errors.ts'
import { parseNeighbours6 } from '../../../src/modules/lib/network/neighbours6.ts'
import { netstat } from '../../../src/modules/netstat.ts'
import type { Row } from '../../../src/modules/spec.ts'
import { neighbours6 } from '../../../src/run/neighbours.ts'
import { plant } from '../../support/ask-file.ts'
import { askModule, column } from '../../support/ask-module.ts'
import { DEV, socketsText } from '../../support/fake-net.ts'
import { fakeProcess } from '../../support/fake-proc.ts'

const ask = (flags: Record<string, unknown>, root = '/') => askModule(netstat, root, flags)

/** A host with an interface, neighbours, routes, and a socket of each sort; sshd and a beacon hold some. */
const host = (t: Pick<TestContext, 'after'>, more: Record<string, string> = {}): string => {
  const root = plant(t, {
    'proc/1/net/dev': DEV,
    'proc/1/net/tcp': socketsText(
      { local: '0.0.0.0:22', inode: 100 },
      { local: '10.0.0.7:22', remote: '10.0.0.9:50000', state: 1, inode: 101 },
      { local: '10.0.0.7:40000', remote: '203.0.113.9:443', state: 1, uid: 1000, inode: 102 },
      { local: '10.0.0.7:40001', remote: '203.0.113.9:443', state: 6, inode: 0 },
      { local: '10.0.0.7:4444', remote: '198.51.100.1:22', state: 1, inode: 103 }
    ),
    'proc/1/net/udp': socketsText(
      { local: '0.0.0.0:53', state: 7, inode: 104 },
      { local: '10.0.0.7:53000', remote: '192.0.2.53:53', state: 1, inode: 105 }
    ),
    'proc/1/net/packet': `sk               RefCnt Type Proto  Iface R Rmem   User   Inode
0000000000000000 3      3    0003   2     1 0      0      106   
`,
    'proc/1/net/arp': `IP address       HW type     Flags       HW address            Mask     Device
10.0.0.1         0x1         0x2         00:0C:29:00:00:05     *        eth0
10.0.0.2         0x1         0x0         00:00:00:00:00:00     *        eth0
`,
    'proc/1/net/route': `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	0100000A	0003	0	0	100	00000000	0	0	0
eth0	0000000A	00000000	0001	0	0	0	00FFFFFF	0	0	0
`,
    'proc/1/net/fib_trie': `Local:
  +-- 0.0.0.0/0 3 0 5
     |-- 10.0.0.0
        /24 link UNICAST
     |-- 10.0.0.7
        /32 host LOCAL
     |-- 10.0.0.255
        /32 link BROADCAST
`,
    'sys/class/net/lo/address': '00:00:00:00:00:00\n',
    'sys/class/net/lo/flags': '0x9\n',
    'sys/class/net/eth0/address': '02:00:00:00:00:01\n',
    'sys/class/net/eth0/flags': '0x1103\n',
    'sys/class/net/eth0/operstate': 'up\n',
    'etc/resolv.conf': '# by hand\nnameserver 192.0.2.53\nnameserver 2001:db8::53\nsearch example.org\n',
    'etc/passwd': 'root:x:0:0::/:/bin/sh\nmallory:x:1000:1000::/:/bin/sh\n',
    ...more
  })
  const proc = join(root, 'proc')
  holds(proc, 1, 'init', [])
  holds(proc, 20, 'sshd', [100, 101])
  holds(proc, 30, 'beacon) S 1', [102, 103])
  return root
}

const holds = (proc: string, pid: number, name: string, inodes: readonly number[]): void => {
  fakeProcess(proc, pid, { name })
  mkdirSync(join(proc, String(pid), 'fd'), { recursive: true })
  for (const [fd, inode] of inodes.entries())
    symlinkSync(`socket:[${inode}]`, join(proc, String(pid), 'fd', String(fd)))
}

const ends = (rows: readonly Row[]): string[] =>
  rows.map(({ protocol, local, localPort, remote, remotePort }) =>
    [
      protocol,
      `${local}:${localPort}`,
      ...(remotePort === undefined ? [] : [`${remote}:${remotePort}`])
    ].join(' ')
  )

test('a listening port is one that listens, not any socket that has the number', async t => {
  const root = host(t)
  const { rows } = await ask({ 'listening-port': ['22', '53'] }, root)
  assert.deepEqual(ends(rows), ['tcp 0.0.0.0:22', 'udp 0.0.0.0:53'])
  assert.deepEqual(column(rows, 'asked'), ['22', '53'])
  assert.equal((await ask({ 'listening-port': ['4444'] }, root)).outcome.found, false)
  assert.equal((await ask({ 'listening-port': ['>40000'] }, root)).outcome.found, false)
  assert.deepEqual(ends((await ask({ 'local-port': ['4444'] }, root)).rows), [
    'tcp 10.0.0.7:4444 198.51.100.1:22'
  ])
})

test('who is connected with a network, and never who listens; what is excluded is none', async t => {
  const root = host(t)
  const remotes = async (...networks: string[]) => ends((await ask({ 'connected-ip': networks }, root)).rows)
  assert.deepEqual(await remotes('0.0.0.0/0'), [
    'tcp 10.0.0.7:22 10.0.0.9:50000',
    'tcp 10.0.0.7:40000 203.0.113.9:443',
    'tcp 10.0.0.7:40001 203.0.113.9:443',
    'tcp 10.0.0.7:4444 198.51.100.1:22',
    'udp 10.0.0.7:53000 192.0.2.53:53'
  ])
  assert.deepEqual(await remotes('!private', '!203.0.113.0/24', '!192.0.2.53'), [
    'tcp 10.0.0.7:4444 198.51.100.1:22'
  ])
  assert.deepEqual(await remotes('203.0.113.0/24', '!203.0.113.9'), [])
  const { rows } = await ask({ 'connected-ip': ['203.0.113.0/24'], state: ['established'] }, root)
  assert.deepEqual(
    [ends(rows), column(rows, 'asked'), column(rows, 'user')],
    [['tcp 10.0.0.7:40000 203.0.113.9:443'], ['203.0.113.0/24'], ['mallory']]
  )
})

test('a socket is told with who holds it, and found by that', async t => {
  const root = host(t)
  const { rows } = await ask({ process: ['^beacon'], 'remote-port': ['443'] }, root)
  assert.deepEqual([column(rows, 'pid'), column(rows, 'process')], [['30'], ['beacon) S 1']])
  const others = await ask({ process: ['!^sshd$'], protocol: ['tcp'] }, root)
  // What nobody holds any more is held by no other.
  assert.deepEqual(column(others.rows, 'remotePort'), ['443', '22'])
  const all = await ask({ protocol: ['packet'], owner: true }, root)
  assert.deepEqual([column(all.rows, 'kind'), column(all.rows, 'pid')], [['listening'], ['']])
})

test('interfaces, addresses, neighbours, routes and servers', async t => {
  const root = host(t)
  const first = async (flags: Record<string, unknown>) => {
    const { rows, outcome } = await ask(flags, root)
    return [rows.length, outcome.coverage.unreadable, rows[0]] as const
  }
  const bytes = (text: string) => new Uint8Array(Buffer.from(text))
  const eth0 = { interface: bytes('eth0') }
  const told = { mac: '02:00:00:00:00:01', promiscuous: true, link: 'up', received: 21, sent: 22 }
  for (const flags of [
    { promiscuous: true },
    { 'local-mac': ['^02:00'] },
    { interface: ['^eth'], kind: ['interface'] }
  ])
    assert.deepEqual(await first(flags), [1, 0, { kind: 'interface', ...eth0, ...told }])
  assert.deepEqual(await first({ 'local-ip': ['10.0.0.0/24'] }), [
    1,
    0,
    { kind: 'address', local: '10.0.0.7', asked: '10.0.0.0/24' }
  ])
  const neighbour = { kind: 'neighbour', remote: '10.0.0.1', mac: '00:0c:29:00:00:05', ...eth0 }
  assert.deepEqual(await first({ 'neighbor-mac': ['^00:0C:29:'] }), [1, 0, neighbour])
  assert.deepEqual(await first({ 'neighbor-ip': ['10.0.0.2'] }), [0, 0, undefined])
  assert.deepEqual(await first({ gateway: ['10.0.0.1'] }), [
    1,
    0,
    { kind: 'route', ...eth0, destination: '0.0.0.0/0', remote: '10.0.0.1', metric: 100, asked: '10.0.0.1' }
  ])
  assert.deepEqual(await first({ dns: ['2001:db8::/32'] }), [
    1,
    0,
    { kind: 'dns', remote: '2001:db8::53', asked: '2001:db8::/32' }
  ])
})

test('each namespace is told once, through any of its processes, and one that has none is not seen', async t => {
  const root = host(t, {
    'proc/50/net/dev': DEV,
    'proc/50/net/tcp': socketsText({ local: '0.0.0.0:8080', inode: 500 }),
    'proc/1/mountinfo': '36 35 0:4 net:[4026532207] /run/netns/x rw shared:1 - nsfs nsfs rw\n'
  })
  const proc = join(root, 'proc')
  holds(proc, 51, 'idle', [])
  symlinkSync('../1/net', join(proc, '20/net'))
  symlinkSync('../50/net', join(proc, '51/net'))
  holds(proc, 50, 'web', [500])
  const own = await ask({ 'listening-port': ['8080'] }, root)
  assert.deepEqual([own.rows, own.outcome.coverage.unreadable], [[], 0])
  const { rows, outcome } = await ask({ 'listening-port': ['8080'], namespaces: true, owner: true }, root)
  assert.deepEqual(
    [ends(rows), column(rows, 'first'), column(rows, 'process')],
    [['tcp 0.0.0.0:8080'], ['50'], ['web']]
  )
  assert.equal(outcome.coverage.unreadable, 1)
})

test('what could not be seen is no "no"', async t => {
  const closed = async (flags: Record<string, unknown>, ...files: string[]) => {
    const root = host(t)
    for (const file of files) {
      // A link to itself can be read by nobody.
      symlinkSync('closed', join(root, 'proc/1/net/closed'))
      symlinkSync('closed', join(root, 'proc/1/net', file))
    }
    return (await ask(flags, root)).outcome.coverage.unreadable
  }
  assert.equal(await closed({ 'listening-port': ['1'] }), 0)
  assert.equal(await closed({ 'listening-port': ['1'] }, 'tcp6'), 1)
  assert.equal(await closed({ 'listening-port': ['1'], protocol: ['udp'] }, 'tcp6'), 0)
  const none = await ask({ 'listening-port': ['1'] }, plant(t))
  assert.deepEqual([none.outcome.found, none.outcome.coverage.unreadable], [false, 1])
  // Neighbours of IPv6 are in no list.
  const six = host(t, { 'proc/1/net/if_inet6': 'fe8000000000000000fc00fffe000001 02 40 20 80     eth0\n' })
  const neighbours = async (flags: Record<string, unknown>) => (await ask(flags, six)).outcome
  assert.equal((await neighbours({ 'neighbor-mac': ['^ff'] })).coverage.unreadable, 1)
  assert.equal((await neighbours({ 'neighbor-ip': ['10.9.0.0/16'] })).coverage.unreadable, 0)
  assert.equal((await neighbours({ 'local-ip': ['fe80::/10'] })).found, true)
  // A process that nobody may look into may hold what nobody is seen to hold.
  const root = host(t)
  fakeProcess(join(root, 'proc'), 40, { name: 'secret' })
  symlinkSync('fd', join(root, 'proc/40/fd'))
  const beside = async (port: string) => {
    const { outcome } = await ask({ process: ['^secret$'], 'remote-port': [port] }, root)
    return [outcome.found, outcome.coverage.unreadable]
  }
  assert.deepEqual(await beside('53'), [false, 1])
  // Of two connections to that port, one is nobody's any more.
  assert.deepEqual(await beside('443'), [false, 1])
})

test('questions are made of flags, and what makes no sense is refused by name', () => {
  const kinds = (flags: Record<string, unknown>) => netstat.fromFlags(flags, 0).kinds
  assert.deepEqual(kinds({ 'listening-port': ['22'], owner: true }), ['listening'])
  assert.deepEqual(kinds({ state: ['established'] }), ['listening', 'connected'])
  assert.deepEqual(kinds({ interface: ['eth'] }), ['interface'])
  assert.deepEqual(kinds({ promiscuous: true, protocol: ['packet'] }), [
    'interface',
    'listening',
    'connected'
  ])
  const looks = (flags: Record<string, unknown>) => netstat.looks!(netstat.fromFlags(flags, 0))
  assert.equal(looks({ 'listening-port': ['22'] }), 'files')
  for (const flag of ['owner', 'namespaces'])
    assert.equal(looks({ kind: ['listening'], [flag]: true }), 'processes')
  for (const [flags, said] of [
    [{ 'connected-ip': ['10.0.0.1/8'] }, /--connected-ip 10\.0\.0\.1\/8: .*10\.0\.0\.0\/8/],
    [{ 'connected-ip': ['example.org'] }, /--connected-ip/],
    [{ 'listening-port': ['70000'] }, /--listening-port/],
    [{ 'local-mac': ['('] }, /--local-mac/],
    [{ kind: ['route'], promiscuous: true }, /--promiscuous/],
    [{}, /say at least one/]
  ] as const)
    assert.throws(
      () => netstat.fromFlags(flags, 0),
      error => codeOf(error) === 'bad-params' && said.test(String(error)),
      JSON.stringify(flags)
    )
})

test('this host’s own sockets, by the kernel that runs here', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = connect(port, '127.0.0.1')
  const [socket] = (await once(server, 'connection')) as [Socket]
  t.after(() => {
    client.destroy()
    socket.destroy()
  })
  const listening = await ask({ 'listening-port': [String(port)], owner: true })
  assert.deepEqual(
    [ends(listening.rows), column(listening.rows, 'pid')],
    [[`tcp 127.0.0.1:${port}`], [String(process.pid)]]
  )
  const near = { 'local-port': [String(port)], 'connected-ip': ['127.0.0.0/8'] }
  assert.deepEqual(ends((await ask(near)).rows), [`tcp 127.0.0.1:${port} 127.0.0.1:${client.localPort}`])
  assert.ok((await ask({ 'local-ip': ['127.0.0.1'] })).outcome.found)
})

test('a socket in a network namespace of its own is found from outside', async t => {
  const serve = `require('node:net').createServer().listen(4711, '0.0.0.0', () => console.log('ready'))`
  const child = spawn('unshare', ['-n', process.execPath, '-e', serve], {
    stdio: ['ignore', 'pipe', 'ignore']
  })
  t.after(() => child.kill('SIGKILL'))
  child.on('error', () => undefined)
  const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'close').then(() => [''])])
  if (!String(said).includes('ready')) return t.diagnostic('No namespaces can be made here: run it as root.')
  const { rows } = await ask({ 'listening-port': ['4711'], namespaces: true, process: ['.'] })
  assert.deepEqual(
    rows.filter(({ pid }) => pid === child.pid).map(({ localPort, first }) => [localPort, first]),
    [[4711, child.pid]]
  )
})

/** struct nlmsghdr, ndmsg, and two attributes, as the kernel puts them down. */
const neighbourMessage = (address: string, mac: string, state: number): Buffer => {
  const message = Buffer.alloc(16 + 12 + 20 + 12)
  message.writeUInt32LE(message.length, 0)
  message.writeUInt16LE(28, 4)
  message.writeUInt8(10, 16)
  message.writeUInt32LE(2, 20)
  message.writeUInt16LE(state, 24)
  message.writeUInt16LE(20, 28)
  message.writeUInt16LE(1, 30)
  message.set(Buffer.from(address, 'hex'), 32)
  message.writeUInt16LE(10, 48)
  message.writeUInt16LE(2, 50)
  message.set(Buffer.from(mac, 'hex'), 52)
  return message
}

test('neighbours of IPv6 are those that the kernel told the agent of', async t => {
  const root = host(t, { 'proc/1/net/if_inet6': 'fe8000000000000000fc00fffe000001 02 40 20 80     eth0\n' })
  const neighbours = Buffer.concat([
    neighbourMessage('fe80000000000000000000000000000a', '000c2900000a', 0x02),
    // A group, and one that never answered.
    neighbourMessage('ff020000000000000000000000000016', '333300000016', 0x40),
    neighbourMessage('fe80000000000000000000000000000b', '000c2900000b', 0x20)
  ])
  const asked = async (flags: Record<string, unknown>) => {
    const running = netstat.run(netstat.fromFlags(flags, 0), {
      root,
      neighbours,
      signal: new AbortController().signal,
      asOf: 0,
      limits: netstat.limits.defaults,
      attachment: () => new Uint8Array()
    })
    const rows: Row[] = []
    for (;;) {
      const next = await running.next()
      if (next.done) return [column(rows, 'remote'), next.value.coverage.unreadable]
      rows.push(next.value)
    }
  }
  assert.deepEqual(await asked({ 'neighbor-mac': ['^00:0c:29'] }), [['10.0.0.1', 'fe80::a'], 0])
  assert.deepEqual(await asked({ 'neighbor-ip': ['fe80::/10'] }), [['fe80::a'], 0])
  assert.deepEqual(await asked({ 'neighbor-mac': ['^33'] }), [[], 0])
})

test('the kernel that runs here answers who its neighbours are', async () => {
  if (process.platform !== 'linux') return
  const answer = await neighbours6()
  assert.ok(answer !== undefined && answer.length >= 16)
  for (const { address, mac } of parseNeighbours6(answer))
    assert.match(`${address} ${mac}`, /^[0-9a-f:.]+ [0-9a-f:]+$/)
})

test('whatever is handed on as an answer, it is read or ends', () => {
  const whole = neighbourMessage('fe80000000000000000000000000000a', '000c2900000a', 0x02)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(59), fc.nat(255), (bytes, at, byte) => {
      assert.ok([...parseNeighbours6(bytes)].length <= bytes.length / 16)
      const damaged = Buffer.from(whole)
      damaged[at] = byte
      assert.ok([...parseNeighbours6(damaged)].length <= 2)
      assert.equal([...parseNeighbours6(whole.subarray(0, at))].length, 0)
    }),
    { numRuns: 2_000 }
  )
})
