/** What is known of a container, or of an image, from the files of its runtime. Texts are as the files have them. */

export const CONTAINER_KINDS = ['container', 'image'] as const
export type ContainerKind = (typeof CONTAINER_KINDS)[number]

export const RUNTIMES = ['docker', 'podman', 'crio', 'containerd', 'lxc', 'lxd', 'incus', 'nspawn'] as const
export type Runtime = (typeof RUNTIMES)[number]

export const NAMESPACES = ['network', 'pid', 'ipc', 'uts', 'cgroup', 'user', 'mount'] as const
export type Namespace = (typeof NAMESPACES)[number]

/** What a container may do; absent where nobody could read it. */
export interface Powers {
  /** Each as `source:destination:rw`. */
  readonly mounts: readonly string[]
  /** Without CAP_; ALL stands for every one. */
  readonly capabilities: readonly string[]
  readonly privileged: boolean
  /** Namespaces that are the host's own. */
  readonly shares: readonly Namespace[]
  /** Which confinements are switched off: seccomp, apparmor, selinux. */
  readonly unconfined: readonly string[]
  readonly user: string | undefined
  readonly command: string
  /** Names only. */
  readonly env: readonly string[]
}

export interface Container {
  readonly kind: ContainerKind
  readonly runtime: Runtime
  /** The file or directory that tells of it, in latin1. */
  readonly path: string
  readonly id?: string | undefined
  readonly name?: string | Buffer | undefined
  readonly pod?: string | undefined
  /** References of its image. */
  readonly images: readonly string[]
  /** Digests of its image: id, manifest. */
  readonly digests: readonly string[]
  readonly created?: number | undefined
  /** Whose it is, where a user runs it without root. */
  readonly owner?: string | undefined
  readonly powers?: Powers | undefined
}

/** Of images, what they are called by and by which digests, to name those of containers. */
export class ImageNames {
  readonly #names = new Map<string, Set<string>>()

  add(id: string, ...names: readonly string[]): void {
    const known = this.#names.get(id) ?? new Set()
    for (const name of names) known.add(name)
    this.#names.set(id, known)
  }

  /** What else an id is known by. */
  of(id: string | undefined): string[] {
    return id === undefined ? [] : [...(this.#names.get(id) ?? [])]
  }
}

/** The digest of `name@sha256:…`. */
export const digestOf = (reference: string): string | undefined =>
  /@(sha\d{3}:[0-9a-f]{32,128})$/.exec(reference)?.[1]
