import { writeFileSync } from 'node:fs'
import type { FENCES } from '../documents/facts.ts'
import type { Looks } from '../modules/spec.ts'
import { ADDON_FD, isHanded } from './addon.ts'
import { loadNative, type Native, ownExecutables } from './native.ts'
import { readableBesideNetwork } from './readable.ts'
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
 *
 * Landlock lets nobody inside look into a process outside: a module that has to is held by the filter of system calls alone
 * (ADR 16). A module that asks other machines keeps the network and loses the files (ADR 20).
 */
export const runFence = async (looks: Looks): Promise<number> => {
  goFirstWithoutMemory()
  const native = await loadNative()
  if (native === undefined) return (await import('./child.ts')).runChild()
  return enter(native, looks)
}

const enter = (native: Native, looks: Looks): never => {
  const executables = ownExecutables()
  native.dieWithParent()
  native.lowDiskPriority()
  native.setLimit('core', 0)
  native.setLimit('file-size', 0)
  const connects = looks === 'network'
  if (!connects) native.leaveNetwork()
  native.keepRights(looks)
  native.noNewPrivileges()
  if (native.filtersCalls()) native.refuseCalls(connects)
  const readable = connects ? { readable: readableBesideNetwork(executables) } : {}
  if (usesLandlock(native, looks)) native.restrict({ executables, connects, ...readable })
  const keepOpen = isHanded() ? [0, 1, 2, ADDON_FD] : [0, 1, 2]
  // A configuration of OpenSSL that it may not read would end the child, and it needs none.
  const environment = connects ? { ...CHILD_ENVIRONMENT, OPENSSL_CONF: '/dev/null' } : CHILD_ENVIRONMENT
  return native.execute(process.execPath, roleArguments('child', looks), environment, keepOpen)
}

/** A kernel without filters has nothing else that would hold a module. */
const usesLandlock = (native: Native, looks: Looks): boolean =>
  native.landlockAbi() > 0 && (looks === 'files' || looks === 'network' || !native.filtersCalls())

/**
 * Behind the fence our own binary may still be executed, or the child could not have begun. Once it has, it gives that up
 * too, with all of its threads: a module that was taken over starts no process at all. Nor does it read the memory of
 * another, unless it is for that.
 */
export const forbidExecution = async (looks: Looks): Promise<void> => {
  const native = await loadNative()
  if (native === undefined) return
  native.noNewPrivileges()
  if (native.filtersCalls()) native.refuseProcesses()
  if (native.filtersCalls() && looks === 'processes') native.refuseMemory()
  if (usesLandlock(native, looks)) native.restrict({ executables: [], connects: looks === 'network' })
}

/**
 * For the agent itself: the right that lets it and its children look into processes would also let it trace and change
 * them. It gives those calls up, with all of its threads and children, whoever takes it over. A kernel that refuses the
 * filter leaves what it left before.
 */
export const traceNobody = async (): Promise<void> => {
  const native = await loadNative()
  // What it holds is not written beside it when it crashes.
  native?.setLimit('core', 0)
  if (!native?.filtersCalls()) return
  try {
    native.noNewPrivileges()
    native.refuseTracing()
  } catch {
    // A container may forbid filters; the fence then says so of itself, and louder.
  }
}

/** Where memory runs out, the kernel ends this process before any other; it lasts over the exec. */
const goFirstWithoutMemory = (): void => {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000')
  } catch {
    // Some systems have no such file; a module runs all the same.
  }
}
