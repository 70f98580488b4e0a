import { z } from 'zod'
import { sha256Hex, utf8Bytes } from '../../codec.ts'
import { attachmentForm } from '../../documents/attachment.ts'
import { GumshoeError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { Flag } from '../spec.ts'
import { compact, many, strings, yes } from './flags.ts'
import { FILE_FLAGS, fileFromFlags } from './search-flags.ts'
import { searchSchema } from './search-params.ts'
import { checkRules } from './yara-compile.ts'
import { ruleNames } from './yara-rules.ts'

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
  /** Rules as text, or as an attachment where they are large; together they are one text. */
  rules: z
    .array(z.union([z.string().min(1).max(LIMITS.inlineRulesBytes), attachmentForm]))
    .min(1)
    .max(LIMITS.attachments),
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
  rules: {
    type: 'file',
    repeat: true,
    attach: true,
    doc: 'A file of YARA rules; needed, unless --rule',
    group: 'Rules'
  },
  rule: many('One rule as text', 'Rules'),
  slow: yes('Let rules pass that may take a host’s whole time', 'Rules'),
  ...Object.fromEntries(
    Object.entries(FILE_FLAGS).filter(([name]) => TAKEN.includes(name) || WIDE.includes(name))
  )
}

/** Typed flags → parameters, with the rules compiled once here. Throws `bad-params` naming the flag, or the rule and its line. */
export const yaraFromFlags = (flags: Record<string, unknown>, now: number): YaraParams => {
  const files = strings(flags, 'rules') ?? []
  const sources = [...files, ...(strings(flags, 'rule') ?? [])]
  if (sources.length === 0)
    throw new GumshoeError('bad-params', '--rules is missing: say what to look for.', {
      fix: '--rules rules.yar'
    })
  const asked = fileFromFlags(Object.fromEntries([...TAKEN, ...WIDE].map(name => [name, flags[name]])), now)
  checkRules(sources, flags['slow'] === true)
  const { label: _, ...where } = asked.searches[0]!
  const { crossDevices, remote, pseudo } = asked
  const result = yaraParams.safeParse(
    compact({ rules: inParams(sources, files.length), where, crossDevices, remote, pseudo })
  )
  if (result.success) return result.data
  throw new GumshoeError('bad-params', `--rules: ${result.error.issues[0]!.message}.`)
}

/** Files that do not fit an action go along as attachments; what was typed is short. */
const inParams = (sources: readonly string[], files: number): YaraParams['rules'] => {
  const all = sources.map(utf8Bytes)
  const total = all.reduce((sum, { length }) => sum + length, 0)
  return sources.map((source, i) =>
    total <= LIMITS.inlineRulesBytes || i >= files
      ? source
      : { attachment: sha256Hex(all[i]!), bytes: all[i]!.length }
  )
}

/** `50 rules in 2 files`, as far as they stand in the action itself. */
export const sayRules = ({ rules }: YaraParams): string => {
  const names = rules.flatMap(source => (typeof source === 'string' ? ruleNames(source) : []))
  const attached = rules.flatMap(source => (typeof source === 'string' ? [] : [source]))
  const inline =
    names.length === 0 ? [] : [names.length === 1 ? `rule ${names[0]!.name}` : `${names.length} rules`]
  const along = attached.map(
    ({ attachment, bytes }) => `rules of ${bytes} bytes (sha256 ${attachment.slice(0, 16)})`
  )
  return [...inline, ...along].join(' and ') || 'rules'
}
