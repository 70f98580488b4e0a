import type { CommandModule } from 'yargs'

/** A command as the frame takes it: its arguments are its own affair. */
// biome-ignore lint/suspicious/noExplicitAny: yargs has each command's arguments as its own type.
export type Command = CommandModule<any, any>
