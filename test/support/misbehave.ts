import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  fstatSync,
  mkdirSync,
  openSync,
  promises,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import { file } from '../../src/modules/file.ts'
import { LOOKS, type Looks, type ModuleSpec, moduleId, type Row } from '../../src/modules/spec.ts'
import { native, readMemory, readOn } from './misbehave-calls.ts'

interface Params {
  readonly what: string
  readonly looks: Looks
  readonly at: string
  readonly port: number
}

/** A module that was taken over: tries everything that a module may not, and tells how each attempt ended. */
const { watch: _, contentChecks: __, fromChecked: ___, sensitive: ____, ...looking } = file
const misbehave: ModuleSpec<Params> = {
  ...looking,
  name: 'misbehave',
  sentence: 'Tries what no module may.',
  flags: {
    what: { type: 'string', doc: 'all, memory, hang or crash' },
    looks: { type: 'string', doc: 'Behind which fence', values: LOOKS },
    at: { type: 'string', doc: 'A directory' },
    port: { type: 'number', doc: 'Where somebody listens' }
  },
  params: z.strictObject({ what: z.string(), looks: z.enum(LOOKS), at: z.string(), port: z.number() }),
  looks: ({ looks }) => looks,
  neighbours: () => false,
  fromFlags: ({ what, looks, at, port }) => ({
    what: String(what),
    looks: (looks ?? 'files') as Looks,
    at: String(at),
    port: Number(port)
  }),
  say: () => 'Misbehaves.',
  literals: () => [],
  columns: {
    act: { type: 'text', secrecy: 'plain', doc: 'What was tried' },
    result: { type: 'text', secrecy: 'plain', doc: 'A code, or that it went' }
  },
  limits: { defaults: { ...file.limits.defaults, memoryMiB: 256 }, most: file.limits.most },
  examples: [],
  run: async function* ({ what, at, port }) {
    if (what === 'hang') for (;;);
    if (what === 'crash') process.abort()
    if (what === 'memory') await eat()
    for (const [act, attempt] of Object.entries(attempts(at, port))) yield await tryIt(act, attempt)
    return { found: false, coverage: { seen: 1, unreadable: 0, skipped: 0 }, counts: {}, errors: {} }
  }
}

const tryIt = async (act: string, attempt: () => unknown): Promise<Row> => {
  try {
    await attempt()
    return { act, result: 'went' }
  } catch (error) {
    return { act, result: String((error as NodeJS.ErrnoException).code ?? error).slice(0, 200) }
  }
}

const eat = async (): Promise<void> => {
  const eaten: Buffer[] = []
  for (;;) {
    eaten.push(Buffer.alloc(8 * 1024 * 1024, 1))
    await new Promise(done => setTimeout(done, 5))
  }
}

const attempts = (at: string, port: number): Record<string, () => unknown> => ({
  read: () => readFileSync('/etc/passwd'),
  write: () => writeFileSync(join(at, 'a'), 'x'),
  'write in the pool': () => promises.writeFile(join(at, 'b'), 'x'),
  'make a directory': () => mkdirSync(join(at, 'c')),
  link: () => symlinkSync('/etc', join(at, 'd')),
  truncate: () => truncateSync(process.execPath, 0),
  database: () => new DatabaseSync(join(at, 'e')).exec('create table t (x)'),
  'write from a worker': () =>
    inWorker(`require('node:fs').writeFileSync(${JSON.stringify(join(at, 'w'))}, 'x')`),
  execute: () => start('/bin/true'),
  'execute itself': () => start(process.execPath),
  'execute from a worker': () =>
    inWorker(
      "const { error } = require('node:child_process').spawnSync(process.execPath, ['--version']); if (error) throw error"
    ),
  connect: () => opened(connect(port, '127.0.0.1'), 'connect'),
  listen: () => opened(createServer().listen(0, '127.0.0.1'), 'listening'),
  'listen on a path': () => opened(createServer().listen(join(at, 's')), 'listening'),
  datagram: () => send(port),
  'signal the parent': () => process.kill(process.ppid, 0),
  'remove a file': () => unlinkSync(join(at, 'kept', 'key')),
  'rename a file': () => renameSync(join(at, 'kept', 'key'), join(at, 'taken')),
  'write to a file': () => appendFileSync(join(at, 'kept', 'key'), 'x'),
  'change the times of a file': () => utimesSync(join(at, 'kept', 'key'), 1, 1),
  'give a file away': () => chownSync(join(at, 'kept', 'key'), 1, 1),
  'copy a file': () => copyFileSync('/etc/passwd', join(at, 'f')),
  'look into the parent': () => readlinkSync(`/proc/${process.ppid}/exe`),
  "read the parent's memory": () => readMemory(process.ppid),
  "read on in the parent's memory": () => readOn(openSync(`/proc/${process.ppid}/mem`, 'r')),
  "write the parent's memory": () => openSync(`/proc/${process.ppid}/mem`, 'r+'),
  "write by the parent's tree": () => writeFileSync(`/proc/${process.ppid}/root${join(at, 'r')}`, 'x'),
  "write to the parent's files": () => openSync(`/proc/${process.ppid}/fd/1`, 'w'),
  // The single executable hands its native part on by this descriptor; elsewhere there is none.
  'change the native part': () => {
    if (!fstatSync(3).isFile()) throw new Error('none')
    writeFileSync(3, 'x')
  },
  'open the native part to write': () => openSync('/proc/self/fd/3', 'r+'),
  'loosen a home': () => chmodSync(join(at, 'kept'), 0o777),
  ...native(at)
})

const start = (path: string): void => {
  const { error } = spawnSync(path, ['--version'])
  if (error) throw error
}

const inWorker = (code: string): Promise<unknown> =>
  new Promise((done, failed) => new Worker(code, { eval: true }).once('error', failed).once('exit', done))

const opened = (socket: Socket | Server, event: string): Promise<void> =>
  new Promise((done, failed) => {
    socket.once('error', failed)
    socket.once(event, () => {
      'destroy' in socket ? socket.destroy() : socket.close()
      done()
    })
  })

const send = (port: number): Promise<void> =>
  new Promise((done, failed) => {
    const socket = createSocket('udp4')
    socket.once('error', failed)
    socket.send('x', port, '127.0.0.1', error => {
      socket.close()
      error ? failed(error) : done()
    })
  })

/** What src/modules/index.ts and load.ts export, with this one in it. */
// biome-ignore lint/suspicious/noExplicitAny: as there.
export const MODULES: readonly ModuleSpec<any>[] = [file, misbehave]

export const findModule = (id: string): ModuleSpec<unknown> | undefined =>
  MODULES.find(spec => moduleId(spec) === id)

export const loadModule = async (id: string): Promise<ModuleSpec<unknown> | undefined> => findModule(id)
