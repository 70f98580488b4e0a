import { writeFileSync } from 'node:fs'
import type { FENCES } from '../documents/facts.ts'
import { ADDON_FD, isHanded } from './addon.ts'
import { loadNative, type Native, ownExecutables } from './native.ts'
import { CHILD_ENVIRONMENT, roleArguments } from './role.ts'

export type Fence = (typeof FENCES)[number]

/** From this Landlock ABI on, TCP, signals and abstract sockets are fenced too. */
const FULL_ABI = 6

/** How tightly this machine's kernel can hold a module's child. */
export const fenceOf = async (): Promise<Fence> => {
  const native = await loadNative()
  const abi = native?.landlockAbi() ?? 0
  if (native === undefined || abi === 0) return 'none'
  return abi >= FULL_ABI && native.filtersCalls() ? 'full' : 'reduced'
}

/**
 * The role `fence`: takes from itself the rights that no module needs (write, execute, network, signals; files and cores;
 * what root may beyond reading; owners, modes and times of files; new privileges), then executes itself as the child. Landlock binds the calling thread only, so nothing less than an exec
 * holds all threads of the new image (agent-facts.md 6). Where there is no native part for this machine, the child runs
 * here as it is: `fence: none` is a fact that the host tells.
 */
export const runFence = async (): Promise<number> => {
  goFirstWithoutMemory()
  const native = await loadNative()
  if (native === undefined) return (await import('./child.ts')).runChild()
  return enter(native)
}

const enter = (native: Native): never => {
  const executables = ownExecutables()
  native.dieWithParent()
  native.lowDiskPriority()
  native.setLimit('core', 0)
  native.setLimit('file-size', 0)
  native.leaveNetwork()
  native.keepReading()
  native.noNewPrivileges()
  if (native.filtersCalls()) native.refuseCalls()
  if (native.landlockAbi() > 0) native.restrict(executables)
  const keepOpen = isHanded() ? [0, 1, 2, ADDON_FD] : [0, 1, 2]
  return native.execute(process.execPath, roleArguments('child'), CHILD_ENVIRONMENT, keepOpen)
}

/**
 * Behind the fence our own binary may still be executed, or the child could not have begun. Once it has, it gives that up
 * too, with all of its threads: a module that was taken over starts no process at all.
 */
export const forbidExecution = async (): Promise<void> => {
  const native = await loadNative()
  if (native === undefined) return
  native.noNewPrivileges()
  if (native.filtersCalls()) native.refuseProcesses()
  if (native.landlockAbi() > 0) native.restrict([])
}

/** Where memory runs out, the kernel ends this process before any other; it lasts over the exec. */
const goFirstWithoutMemory = (): void => {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // Some systems have no such file; a module runs all the same.
  }
}
