import type { Argv } from 'yargs'
import type { ModuleSpec } from '../modules/spec.ts'

/** What a module asks, so short that a list of all of them can be read: its sentence up to how and what comes back. */
export const briefOf = ({ sentence }: Pick<ModuleSpec, 'sentence'>): string =>
  sentence
    .split(/[;:(]|,? by name|, by /)[0]!
    .trim()
    .replace(/\.$/, '')

/** The head of a module's own help: how it is typed, and the sentence whole. */
export const moduleUsage = <T>(yargs: Argv<T>, typed: string, spec: ModuleSpec): Argv<T> =>
  yargs.usage(`${typed}\n\n${spec.sentence}`)
