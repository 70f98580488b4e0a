import { spawnSync } from 'node:child_process'
import { buffer } from 'node:stream/consumers'
import { GumshoeError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { loadModule } from '../modules/load.ts'
import { type ModuleSpec, moduleId } from '../modules/spec.ts'
import { addonForChildren } from './addon.ts'
import { forbidExecution } from './fence.ts'
import { loadNative } from './native.ts'
import { lowerPriority } from './priority.ts'
import { CHILD_ENVIRONMENT, roleArguments } from './role.ts'

interface Check {
  readonly module: string
  readonly flags: Record<string, unknown>
  readonly now: number
}

/** `{}` where nothing is wrong. */
interface Checked {
  readonly refused?: { readonly message: string; readonly fix: string }
}

const MESSAGE = 1_000

/**
 * The role `check`: does in a process of its own what a module's `fromFlags` has to, where that means compiling what a
 * stranger wrote; it may take for ever, or end the process. It gives up what no compiler needs, and is ended by the kernel.
 */
export const runCheck = async (): Promise<number> => {
  const { module, flags, now } = JSON.parse(String(await buffer(process.stdin))) as Check
  const spec = await loadModule(module)
  const native = await loadNative()
  native?.setLimit('core', 0)
  native?.setLimit('cpu', LIMITS.checkCpuS)
  await forbidExecution('files')
  lowerPriority()
  process.stdout.write(JSON.stringify(checked(spec, flags, now)))
  return 0
}

const checked = (spec: ModuleSpec | undefined, flags: Record<string, unknown>, now: number): Checked => {
  try {
    spec?.fromFlags(flags, now)
    return {}
  } catch (error) {
    const { message, fix } =
      error instanceof GumshoeError ? error : new GumshoeError('bad-params', `${String(error)}.`)
    return { refused: { message: message.slice(0, MESSAGE), fix } }
  }
}

/**
 * Has a module's flags looked at by a child of our own program, and waits for it. What it says is no more than a yes or a
 * no: the parameters are made here. Throws `bad-params`, also where it took too long or did not come back.
 */
export const checkApart = (
  spec: Pick<ModuleSpec, 'name' | 'major' | 'flags'>,
  flags: Record<string, unknown>,
  now: number,
  options: { readonly entry?: string; readonly wallMs?: number } = {}
): void => {
  const addon = addonForChildren()
  const asked = Object.fromEntries(Object.keys(spec.flags).map(name => [name, flags[name]]))
  const { stdout } = spawnSync(process.execPath, roleArguments('check', 'files', options.entry), {
    input: JSON.stringify({ module: moduleId(spec), flags: asked, now } satisfies Check),
    stdio: ['pipe', 'pipe', 'ignore', ...(addon === undefined ? [] : [addon])],
    env: CHILD_ENVIRONMENT,
    cwd: '/',
    timeout: options.wallMs ?? LIMITS.checkWallMs,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024
  })
  const { refused } = read(stdout)
  if (refused !== undefined) throw new GumshoeError('bad-params', refused.message, { fix: refused.fix })
}

const read = (said: Buffer | null): Checked => {
  try {
    return JSON.parse(String(said)) as Checked
  } catch (cause) {
    throw new GumshoeError('bad-params', 'What was given takes too long to compile, or ends the compiler.', {
      cause,
      fix: 'Leave out what does it, or ask in parts.'
    })
  }
}
