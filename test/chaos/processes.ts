import { Fleet, type Program } from '../../console/tour/fleet.ts'

/** What may be done to the processes of a mesh besides starting them. */
export interface Around {
  /** Called with the directory before anything is in it. */
  made?(directory: string): void
  /** Words before the command of a process that stays (its name) or of a command (its program). */
  wrap?(who: string, directory: string): readonly string[]
  /** Other arguments for a process that stays. */
  args?(who: string, args: readonly string[]): readonly string[]
}

/** A Fleet class whose processes are started with something around them. */
export const fleetWith = (around: Around): typeof Fleet =>
  class extends Fleet {
    #wraps = true

    constructor(...init: ConstructorParameters<typeof Fleet>) {
      super(...init)
      around.made?.(this.directory)
    }

    override command(program: Program): [string, ...string[]] {
      const words = super.command(program)
      return this.#wraps ? ([...this.#around(program), ...words] as [string, ...string[]]) : words
    }

    override start(
      name: string,
      program: Program,
      args: readonly string[],
      ready: RegExp,
      options: { timeoutMs?: number; wrap?: readonly string[] } = {}
    ): Promise<string> {
      this.#wraps = false
      try {
        const wrap = [...this.#around(name), ...(options.wrap ?? [])]
        return super.start(name, program, around.args?.(name, args) ?? args, ready, { ...options, wrap })
      } finally {
        this.#wraps = true
      }
    }

    #around(who: string): readonly string[] {
      return around.wrap?.(who, this.directory) ?? []
    }
  }
