import { ProcProcess } from '../processes/proc-process.ts'
import { isGone, pidsOf } from '../processes/proc-read.ts'
import { readStat } from '../processes/proc-stat.ts'

/** A process that holds a socket. */
export interface Owner {
  readonly pid: number
  readonly name: Buffer
}

/** Which processes hold which sockets, by the inodes of these. */
export class SocketOwners {
  readonly #of = new Map<number, Owner[]>()
  /** What kept us from seeing all of them, where something did. */
  unseen: unknown

  of(inode: number): readonly Owner[] {
    return this.#of.get(inode) ?? []
  }

  /** Looks into one process after the other; yields after each. Throws what the system throws where there is no /proc. */
  *read(proc: string): Generator<void> {
    for (const pid of pidsOf(proc)) {
      try {
        this.#add(proc, pid)
      } catch (error) {
        if (!isGone(error)) this.unseen ??= error
      }
      yield
    }
  }

  #add(proc: string, pid: number): void {
    const stat = readStat(proc, pid)
    if (stat === undefined) throw new Error('The stat of a process has another form.')
    const process = new ProcProcess(proc, stat)
    const { sockets } = process
    // A number that was given to another process meanwhile would name the wrong one.
    if (!process.isSame) return
    if ('unseen' in sockets) throw sockets.unseen
    for (const inode of sockets.value) {
      const known = this.#of.get(inode)
      if (known === undefined) this.#of.set(inode, [{ pid, name: stat.name }])
      else known.push({ pid, name: stat.name })
    }
  }
}
