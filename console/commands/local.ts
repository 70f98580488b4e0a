import { localCommand } from '../../src/cli/local.ts'
import { ownHost } from '../../src/trust/permit.ts'

/** `gumshoe local` */
export const command = localCommand('gumshoe', ownHost)
