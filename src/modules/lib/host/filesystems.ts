import { readFileSync, statfsSync } from 'node:fs'

/** Storage is walked; the kernel's own trees and other machines' disks only where the question asks for them. */
export type FileSystemKind = 'storage' | 'pseudo' | 'network'

const PSEUDO =
  /^(proc|sysfs|cgroup2?|devpts|debugfs|tracefs|securityfs|configfs|bpf|pstore|efivarfs|mqueue|binfmt_misc|fusectl|selinuxfs|nsfs|hugetlbfs|rpc_pipefs|nfsd|resctrl)$/
/** An automount point counts too: to look at it would mount it. */
const NETWORK =
  /^(nfs|nfs4|cifs|smb3|smbfs|smb2|9p|virtiofs|afs|ceph|lustre|gfs2|ocfs2|gpfs|beegfs|coda|ncpfs|davfs|autofs|acfs|fuse(\..*)?)$/

/** The kind of a file system by the name of its type in mountinfo. */
export const kindOfType = (type: string): FileSystemKind =>
  PSEUDO.test(type) ? 'pseudo' : NETWORK.test(type) ? 'network' : 'storage'

/**
 * Kinds of the mounts of this process by mount point, in latin1 so that any bytes are kept. Read before anything is
 * touched: the first look at the mount point of a dead NFS server never comes back. Empty where the system has no mountinfo.
 */
export const readMounts = (file = '/proc/self/mountinfo'): Map<string, FileSystemKind> => {
  let text: string
  try {
    text = readFileSync(file, 'latin1')
  } catch {
    return new Map()
  }
  const mounts = new Map<string, FileSystemKind>()
  for (const line of text.split('\n')) {
    // proc_pid_mountinfo(5): the fifth field is the mount point, the one after " - " the type; spaces are octal escapes.
    const [left, right] = line.split(' - ')
    const point = left?.split(' ')[4]
    const type = right?.split(' ')[0]
    if (point === undefined || type === undefined) continue
    const path = point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8))
    )
    // A later mount on the same point lies on top.
    mounts.set(path, kindOfType(type))
  }
  return mounts
}

/** Magic numbers of statfs(2), for what mountinfo does not show. */
const PSEUDO_MAGIC = new Set([
  0x9fa0, 0x62656572, 0x1cd1, 0x74726163, 0x64626720, 0x27e0eb, 0x63677270, 0x73636673, 0x62656570,
  0xcafe4a11, 0x19800202, 0x6e736673, 0x50494446, 0x42494e4d, 0xde5e81e4, 0x6165676c, 0xf97cff8c, 0x958458f6,
  0x65735543, 0x67596969
])
const NETWORK_MAGIC = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x00c36400, 0x5346414f, 0x6b414653, 0x65735546, 0x187,
  0x0bd00bd0, 0x01161970, 0x7461636f, 0x73757245, 0x564c, 0x6a656a63
])

/** What kind of file system an open path lies on, by statfs. Throws what the system throws. */
export const fileSystemOf = (path: Buffer | string): FileSystemKind => {
  const magic = Number(statfsSync(path).type) >>> 0
  return PSEUDO_MAGIC.has(magic) ? 'pseudo' : NETWORK_MAGIC.has(magic) ? 'network' : 'storage'
}

/** Which file systems a walk may touch: judged by the mount table first, then by the open thing itself. */
export class Boundary {
  readonly #mounts: Map<string, FileSystemKind>
  readonly #root: string
  readonly #kinds: ReadonlySet<FileSystemKind>
  readonly #byDevice = new Map<number, FileSystemKind>()

  constructor(root: string, kinds: ReadonlySet<FileSystemKind>, mounts = readMounts()) {
    this.#root = root === '/' ? '' : Buffer.from(root).toString('latin1')
    this.#kinds = kinds
    this.#mounts = mounts
  }

  /** The kind that keeps this path (as the host knows it) from being touched, if something is mounted just there. */
  refusedAt(path: Buffer): FileSystemKind | undefined {
    return this.refused(path.toString('latin1'))
  }

  /** The same of a path in latin1. */
  refused(path: string): FileSystemKind | undefined {
    if (this.#mounts.size === 0) return undefined
    return this.#refused(this.#mounts.get(`${this.#root}${path}` || '/'))
  }

  /** The kind that keeps an open thing from being looked at, by its device; its path is asked for once a device. */
  refusedDevice(device: number, path: () => Buffer): FileSystemKind | undefined {
    let kind = this.#byDevice.get(device)
    if (kind === undefined) {
      kind = fileSystemOf(path())
      this.#byDevice.set(device, kind)
    }
    return this.#refused(kind)
  }

  #refused(kind: FileSystemKind | undefined): FileSystemKind | undefined {
    return kind === undefined || kind === 'storage' || this.#kinds.has(kind) ? undefined : kind
  }
}
