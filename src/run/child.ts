import { Console } from 'node:console'
import { type Readable, Writable } from 'node:stream'
import { systemClock } from '../clock.ts'
import { codeOf, GumshoeError } from '../errors.ts'
import { loadModule } from '../modules/load.ts'
import type { ModuleSpec, Outcome, Room } from '../modules/spec.ts'
import { fileCalls } from './file-calls.ts'
import { compileLate } from './late-compiling.ts'
import { netCalls } from './net-calls.ts'
import { notifyCalls } from './notify-calls.ts'
import { fromChannelRemembered, toChannelPart } from './parts.ts'
import { lowerPriority } from './priority.ts'
import { type ChannelRow, toChannel } from './rows.ts'
import { Told } from './told.ts'
import type { ChildWord, Job, ParentWord } from './words.ts'

const BATCH = 200
const LOOK_MS = 50
const MESSAGE = 500

/**
 * The role `child`: takes one job from its input, loads its module alone, gives up what is left (`forbid`) once all of the
 * program is read, runs the module, says rows and the outcome, ends. It holds no key, knows no mesh and loads neither.
 * Resolves to its exit status.
 */
export const runChild = async (
  forbid: () => Promise<void> = async () => undefined,
  input: Readable = process.stdin,
  output: Writable = process.stdout
): Promise<number> => {
  const say = sayerTo(output)
  silenceOthers(output)
  await say({ word: 'ready' })
  const told = new Told(input)
  const job = await readJob(told)
  const spec = await loadModule(job.module)
  if (spec?.brief) compileLate()
  await forbid()
  lowerPriority()
  try {
    if (spec === undefined) throw new GumshoeError('unknown-module', `There is no module ${job.module}.`)
    const asked = { job, spec, attachments: await readAttachments(job, told) }
    const stands = asked.job.standing !== undefined
    await say({ word: 'done', outcome: stands ? await stand(asked, say, told) : await work(asked, say) })
    return 0
  } catch (error) {
    await say({
      word: 'failed',
      code: codeOf(error),
      message: messageOf(error)
    })
    return 1
  }
}

/** Our own sentences; of what was thrown otherwise its kind and where, since it may quote what was read (`JSON.parse`, a path). */
const messageOf = (error: unknown): string => {
  if (error instanceof GumshoeError) return error.message.slice(0, MESSAGE)
  if (!(error instanceof Error)) return 'unknown'
  const { name, message, stack = '' } = error
  const from = stack.startsWith(`${name}: ${message}\n`) ? name.length + message.length + 2 : stack.length
  const frame = /^\s+at (.+)$/m.exec(stack.slice(from))?.[1] ?? ''
  const code = String((error as NodeJS.ErrnoException).code ?? '')
  return [name, code, frame && `at ${frame}`].filter(Boolean).join(' ').slice(0, MESSAGE)
}

type Say = (word: ChildWord) => Promise<void>

/** Resolves when the parent's end took it, which holds a fast module back. */
const sayerTo = (output: Writable): Say => {
  const write = output.write.bind(output)
  return word =>
    new Promise((done, failed) =>
      write(`${JSON.stringify(word)}\n`, error => (error ? failed(error) : done()))
    )
}

/**
 * What a library prints would be taken for a word of ours: a rule of YARA writes lines of its choice by `console.log`, and so could forge
 * an outcome, or carry a file out byte by byte (threats.md, T3). Who waits until all is written still does.
 */
const silenceOthers = (output: Writable): void => {
  const write = output.write.bind(output)
  output.write = (_: unknown, ...more: unknown[]): boolean =>
    write('', more.find(one => typeof one === 'function') as (() => void) | undefined)
  globalThis.console = new Console(new Writable({ write: (_, __, done) => done() }))
}

interface Asked {
  readonly job: Job
  readonly spec: ModuleSpec
  readonly attachments: ReadonlyMap<string, Uint8Array>
}

const readJob = async (told: Told): Promise<Job> => JSON.parse(await told.line()) as Job

/** What stands behind the first line. */
const readAttachments = async (job: Job, told: Told): Promise<Asked['attachments']> => {
  const attachments = new Map<string, Uint8Array>()
  for (const { attachment, bytes } of job.attachments) attachments.set(attachment, await told.bytes(bytes))
  return attachments
}

const attachmentIn =
  (attachments: ReadonlyMap<string, Uint8Array>) =>
  (sha256: string): Uint8Array => {
    const bytes = attachments.get(sha256)
    if (bytes === undefined) throw new GumshoeError('attachment-missing', `There is no ${sha256} here.`)
    return bytes
  }

const work = async ({ job, spec, attachments }: Asked, say: Say): Promise<Outcome> => {
  const params = spec.params.parse(job.params)
  const stop = new AbortController()
  const started = systemClock.monotonic()
  const before = cpuMs()
  const look = setInterval(() => {
    if (systemClock.monotonic() - started > job.limits.wallMs)
      stop.abort(new GumshoeError('limit-wall', 'The wall-time limit is reached.'))
    else if (cpuMs() - before > job.limits.cpuMs)
      stop.abort(new GumshoeError('limit-cpu', 'The CPU limit is reached.'))
  }, LOOK_MS)
  try {
    const { root, limits, asOf, agent } = job
    const attachment = attachmentIn(attachments)
    const files = await fileCalls()
    const net = spec.looks?.(params) === 'network' ? await netCalls() : undefined
    const neighbours = job.neighbours === undefined ? undefined : Buffer.from(job.neighbours, 'base64')
    const given = { root, limits, asOf, files, net, agent, attachment, neighbours }
    const rows = spec.run(params, { ...given, signal: stop.signal })
    let batch: ChannelRow[] = []
    for (;;) {
      const next = await rows.next()
      if (next.done) {
        if (batch.length > 0) await say({ word: 'rows', rows: batch })
        return next.value
      }
      batch.push(toChannel(next.value))
      if (batch.length >= BATCH) {
        await say({ word: 'rows', rows: batch })
        batch = []
      }
    }
  } finally {
    clearInterval(look)
  }
}

/** Tells parts, each when the one before is written, until its time is over. */
const stand = async ({ job, spec, attachments }: Asked, say: Say, told: Told): Promise<Outcome> => {
  if (spec.watch === undefined) throw new GumshoeError('unsupported', `${job.module} does not stand.`)
  // A ^C at a terminal reaches all of it: our parent ends us, after our last word.
  process.on('SIGINT', () => undefined)
  const { remembered, room: first } = job.standing!
  const end = new AbortController()
  let go = Promise.withResolvers<Room>()
  const hear = async (): Promise<never> => {
    for (;;) {
      const word = JSON.parse(await told.line()) as ParentWord
      if (word.word === 'go') go.resolve(word.room)
      else end.abort(new GumshoeError('expired', 'The window of the action is over.'))
    }
  }
  // Where it ends, so has the parent, and so does this process.
  hear().catch(() => undefined)
  const room: Room = { ...first }
  const { root, limits, asOf, agent } = job
  const attachment = attachmentIn(attachments)
  const host = {
    root,
    limits,
    asOf,
    agent,
    attachment,
    files: await fileCalls(),
    notify: await notifyCalls()
  }
  const parts = spec.watch(spec.params.parse(job.params), {
    ...host,
    ...{ room, signal: end.signal, remembered: remembered && fromChannelRemembered(remembered) }
  })
  for (;;) {
    const next = await parts.next()
    if (next.done) return next.value
    go = Promise.withResolvers<Room>()
    await say({ word: 'part', part: toChannelPart(next.value) })
    Object.assign(room, await go.promise)
  }
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
