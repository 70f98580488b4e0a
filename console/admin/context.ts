import type { Clock } from '../../src/clock.ts'
import type { KeyHolder } from '../../src/trust/key-holder.ts'
import type { AskPassphrase } from '../keys/store.ts'
import type { Say } from './describe-action.ts'

/** What a command of the admins is given: its home, its time, and the person at the keyboard. */
export interface AdminContext {
  readonly home: string
  readonly clock: Clock
  /** Results: standard output. */
  say(line: string): void
  /** Status, warnings, what to do next: standard error. */
  tell(line: string): void
  readonly passphrase: AskPassphrase
  /** Yes or no; true without asking under --yes; throws `usage` where nobody can be asked. */
  confirm(question: string): Promise<boolean>
  /** Takes up newer charter versions from the mesh, where a node answers. */
  refresh(): Promise<void>
  /** Hands the home's charter to the mesh. Throws `unreached` or the code of a refusal. */
  publish(charters: readonly Uint8Array[]): Promise<void>
  /** What a module's parameters ask, in words. */
  readonly words: Say
  /** Under --gpg: the only key that is used, whether the home knows it or not. */
  readonly gpg?: KeyHolder
  /** Under --key: which of the home's keys. */
  readonly key?: string
}
