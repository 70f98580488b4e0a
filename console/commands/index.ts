import type { Command } from '../../src/cli/command.ts'
import { inside } from '../../src/cli/inside.ts'
import { MODULES } from '../../src/modules/index.ts'
import { command as actions } from './actions.ts'
import { command as agents } from './agents.ts'
import { askCommand } from './ask.ts'
import { command as cancel } from './cancel.ts'
import { command as compose } from './compose.ts'
import { command as enrol } from './enrol.ts'
import { command as exportCommand } from './export.ts'
import { follow, show } from './follow.ts'
import { helpCommand } from './help.ts'
import { command as importCommand } from './import.ts'
import { command as key } from './key.ts'
import { command as known } from './known.ts'
import { command as local } from './local.ts'
import { command as lock } from './lock.ts'
import { command as mesh } from './mesh.ts'
import { command as modules } from './modules.ts'
import { command as odd } from './odd.ts'
import { command as reveal } from './reveal.ts'
import { command as send } from './send.ts'
import { command as sign } from './sign.ts'

/** Every command of gumshoe, in the order of help: asking, looking, co-signing, ruling. */
export const COMMANDS: readonly Command[] = [
  ...MODULES.map(spec => askCommand(spec, () => COMMANDS)),
  compose,
  importCommand,
  local,
  modules,
  agents,
  actions,
  show,
  follow,
  reveal,
  cancel,
  exportCommand,
  known,
  odd,
  sign,
  send,
  key,
  lock,
  mesh,
  enrol,
  inside,
  helpCommand(() => COMMANDS)
]
