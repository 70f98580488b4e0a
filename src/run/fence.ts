import type { FENCES } from '../documents/facts.ts'
import { loadNative, ownExecutables } from './native.ts'
import { roleArguments } from './role.ts'

export type Fence = (typeof FENCES)[number]

/** From this Landlock ABI on, TCP, signals and abstract sockets are fenced too. */
const FULL_ABI = 6
const IPC_FD = 3

/** How tightly this machine's kernel can hold a module's child. */
export const fenceOf = async (): Promise<Fence> => {
  const native = await loadNative()
  const abi = native?.landlockAbi() ?? 0
  return abi >= FULL_ABI ? 'full' : abi > 0 ? 'reduced' : 'none'
}

/**
 * The role `fence`: takes from itself the rights that no module needs (write, execute, TCP, signals; rlimits; new
 * privileges), then executes itself as the child. Landlock binds the calling thread only, so nothing less than an exec
 * holds all threads of the new image (agent-facts.md 6).
 */
export const runFence = async (environment: NodeJS.ProcessEnv = process.env): Promise<never> => {
  const native = await loadNative()
  if (native === undefined) throw new Error('there is no native part for this machine')
  const executables = ownExecutables()
  native.lowDiskPriority()
  native.setLimit('core', 0)
  native.setLimit('file-size', 0)
  if (native.landlockAbi() > 0) native.restrict(executables)
  return native.execute(
    process.execPath,
    roleArguments('child'),
    {
      PATH: environment['PATH'] ?? '/usr/bin:/bin',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      // Node takes these out of its own environment at start; the new image needs them to find the channel.
      NODE_CHANNEL_FD: String(IPC_FD),
      NODE_CHANNEL_SERIALIZATION_MODE: 'json'
    },
    [0, 1, 2, IPC_FD]
  )
}
