import { z } from 'zod'
import { sayWrong, wrongIn } from '../../../documents/wrong.ts'
import { GumshoeError } from '../../../errors.ts'
import type { Flag } from '../../spec.ts'
import { FILE_FLAGS, fileFromFlags } from '../files/search-flags.ts'
import { searchSchema } from '../files/search-params.ts'
import { compact } from '../flags.ts'
import { type CheckRules, RULE_FLAGS, rulesForm, rulesFromFlags } from './yara-sources.ts'

/** The filters of `file` that a look at a file answers; what is in it is for the rules. */
const whereSchema = searchSchema.pick({
  paths: true,
  names: true,
  globs: true,
  exclude: true,
  sizes: true,
  modes: true,
  mtimes: true,
  ctimes: true,
  owners: true,
  groups: true,
  setuid: true,
  maxDepth: true,
  follow: true
})

export const yaraParams = z.strictObject({
  rules: rulesForm,
  where: whereSchema,
  crossDevices: z.literal(true).optional(),
  remote: z.literal(true).optional(),
  pseudo: z.literal(true).optional()
})
export type YaraParams = z.infer<typeof yaraParams>

const WIDE = ['cross-devices', 'remote', 'pseudo']
const TAKEN = [
  ...['path', 'depth', 'exclude', 'follow', 'name', 'glob', 'size', 'mode', 'mtime', 'ctime'],
  ...['owner', 'group', 'setuid']
]

export const YARA_FLAGS: Record<string, Flag> = {
  ...RULE_FLAGS,
  ...Object.fromEntries(
    Object.entries(FILE_FLAGS).filter(([name]) => TAKEN.includes(name) || WIDE.includes(name))
  )
}

/** Typed flags → parameters, with the rules compiled once here. Throws `bad-params` naming the flag, or the rule and its line. */
export const yaraFromFlags = (
  flags: Record<string, unknown>,
  now: number,
  check?: CheckRules
): YaraParams => {
  const rules = rulesFromFlags(flags, check)
  const asked = fileFromFlags(Object.fromEntries([...TAKEN, ...WIDE].map(name => [name, flags[name]])), now)
  const { label: _, ...where } = asked.searches[0]!
  const { crossDevices, remote, pseudo } = asked
  const result = yaraParams.safeParse(compact({ rules, where, crossDevices, remote, pseudo }))
  if (result.success) return result.data
  throw new GumshoeError('bad-params', sayWrong('--rules', wrongIn(result.error)))
}
