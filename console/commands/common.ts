import type { Argv } from 'yargs'
import { makeOutput, type Output, paint } from '../../src/cli/out.ts'
import { EXIT, GumshoeError } from '../../src/errors.ts'
import { parseDuration } from '../admin/duration.ts'
import { notYetTold, warningsOf } from '../admin/warnings.ts'
import { type Connected, connect } from '../connect.ts'
import { takeUp } from '../join-mesh.ts'
import { type AdminArgs, adminContext, adminOptions } from './admin-context.ts'

/** What every command that joins the mesh may be told. */
export interface MeshArgs extends AdminArgs {
  json?: boolean | undefined
}

export const meshOptions = <T>(yargs: Argv<T>) =>
  adminOptions(yargs).option('json', { type: 'boolean', describe: 'JSON Lines' })

export interface FollowArgs extends MeshArgs {
  wait?: string | undefined
  exitFound?: boolean | undefined
}

export const EXIT_FOUND = {
  type: 'boolean',
  describe: 'Exit 0 where something was found, 10 where no host has it'
} as const

export const followOptions = <T>(yargs: Argv<T>) =>
  meshOptions(yargs)
    .option('wait', {
      type: 'string',
      describe: 'How long to wait for hosts that say nothing; 60s otherwise, and until ^C where it stands'
    })
    .option('exit-found', EXIT_FOUND)

/** Undefined: as long as the question makes sense of. */
export const waitOf = (args: FollowArgs): number | undefined =>
  args.wait === undefined ? undefined : parseDuration(args.wait, '--wait')

/** One connection that the commands of a prompt share: as whom it was made, and the connection itself. */
interface Kept {
  as: string
  connected: Connected | undefined
}

let kept: Kept | undefined

/** From now on commands leave their connection open for the next one; only the prompt asks for it. */
export const keepConnection = (): void => {
  kept = { as: '', connected: undefined }
}

export const isPrompt = (): boolean => kept !== undefined

/** Ends the connection that is kept: at the prompt's end, and after a command that changes who one is. */
export const dropConnection = async (): Promise<void> => {
  const { connected } = kept ?? {}
  if (kept) kept.connected = undefined
  await connected?.close()
}

/** The kept connection where it is still good for this command, else a new one. */
const join = async (args: MeshArgs, options: { alone?: boolean }): Promise<Connected> => {
  const context = adminContext(args)
  if (kept === undefined) return connect(context, options)
  const as = JSON.stringify([args.home, args.key, args.gpg])
  const { connected } = kept
  if (connected !== undefined) {
    const nodes = await connected.nodes()
    const over = connected.session.until <= context.clock.now()
    if (kept.as !== as || over || nodes.length === 0) await dropConnection()
    else {
      await takeUp(context, connected.chain, nodes)
      // The passphrase stays with the context that asked for it; whether to ask is this command's own.
      return { ...connected, context: { ...connected.context, confirm: context.confirm } }
    }
  }
  const made = await connect(context, options)
  kept = { as, connected: made }
  return made
}

/** Runs work with a connection to the mesh and ends it afterwards; sets the exit status that it resolves to. */
export const inMesh = async (
  args: MeshArgs,
  options: { alone?: boolean },
  work: (connected: Connected, output: Output, signal: AbortSignal) => Promise<number>
): Promise<void> => {
  // What is typed wrong is told before anybody is asked for a passphrase.
  waitOf(args)
  const output = makeOutput({ json: args.json })
  const interrupt = new AbortController()
  const onInterrupt = () => interrupt.abort()
  process.on('SIGINT', onInterrupt)
  let connected: Connected | undefined
  try {
    const joining = join(args, options)
    connected = await Promise.race([joining, aborted(interrupt.signal)])
    if (connected === undefined) {
      void joining.then(
        late => late.close(),
        () => undefined
      )
      process.exitCode = EXIT.left
      return
    }
    await warn(connected, output)
    process.exitCode = await work(connected, output, interrupt.signal)
  } finally {
    process.off('SIGINT', onInterrupt)
    if (kept === undefined) await connected?.close()
  }
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise(done => signal.addEventListener('abort', () => done(undefined), { once: true }))

/** What every screen says first: that one person may rule here, and what ends within 30 days. */
const warn = async ({ chain, context }: Connected, output: Output): Promise<void> => {
  const { charter } = chain.current
  // At the prompt it stands in every line.
  if (charter.lab && !isPrompt())
    output.status(
      paint(output, 'yellow', `LAB: in the mesh ${charter.name} one person alone may rule and command.`)
    )
  for (const warning of notYetTold(chain, await warningsOf(charter, context.clock.now())))
    output.status(paint(output, 'yellow', warning))
}

/** A percentage as ppm. Throws `usage`. */
export const ceilingOf = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined
  const percent = Number(text.replace(/%$/, ''))
  const ppm = Math.round(percent * 10_000)
  if (!Number.isFinite(percent) || ppm < 1 || ppm > 1_000_000)
    throw new GumshoeError('usage', `--ceiling ${text}: a part of the fleet is like 5% or 0.1%.`)
  return ppm
}
