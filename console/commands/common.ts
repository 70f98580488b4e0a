import type { Argv } from 'yargs'
import { makeOutput, type Output } from '../../src/cli/out.ts'
import { GumshoeError } from '../../src/errors.ts'
import { parseDuration } from '../admin/duration.ts'
import { type Connected, connect } from '../connect.ts'
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

export const followOptions = <T>(yargs: Argv<T>) =>
  meshOptions(yargs)
    .option('wait', {
      type: 'string',
      describe: 'How long to wait for hosts that say nothing',
      default: '60s'
    })
    .option('exit-found', {
      type: 'boolean',
      describe: 'Exit 0 where something was found, 10 where no host has it'
    })

export const waitOf = (args: FollowArgs): number => parseDuration(args.wait ?? '60s', '--wait')

/** What the console keeps open between commands (the prompt), or a connection of this command alone. */
export interface Running {
  connected: Connected | undefined
  /** ^C at the prompt leaves a question running; a command alone gets SIGINT. */
  signal: AbortSignal | undefined
  output: ((json: boolean) => Output) | undefined
}

/** Set by the prompt only: its commands share one connection and its output. */
export const prompt: Running = { connected: undefined, signal: undefined, output: undefined }

/** Runs work with a connection to the mesh and ends it afterwards; sets the exit status that it resolves to. */
export const inMesh = async (
  args: MeshArgs,
  options: { alone?: boolean },
  work: (connected: Connected, output: Output, signal: AbortSignal) => Promise<number>
): Promise<void> => {
  const output = prompt.output?.(args.json === true) ?? makeOutput({ json: args.json })
  const connected = prompt.connected ?? (await connect(adminContext(args), options))
  const interrupt = new AbortController()
  const onInterrupt = () => interrupt.abort()
  if (prompt.signal === undefined) process.once('SIGINT', onInterrupt)
  try {
    process.exitCode = await work(connected, output, prompt.signal ?? interrupt.signal)
  } finally {
    process.off('SIGINT', onInterrupt)
    if (prompt.connected === undefined) await connected.close()
  }
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
