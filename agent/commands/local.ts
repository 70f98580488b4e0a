import { localCommand } from '../../src/cli/local.ts'
import { ownHost } from '../../src/trust/permit.ts'

export const local = localCommand('gumshoe-agent', ownHost)
