import { z } from 'zod'
import { sha256Hex, utf8Bytes } from '../../../codec.ts'
import { attachmentForm } from '../../../documents/attachment.ts'
import { GumshoeError } from '../../../errors.ts'
import { LIMITS } from '../../../limits.ts'
import type { Flag, Host } from '../../spec.ts'
import { many, strings, yes } from '../flags.ts'
import { checkRules } from './yara-compile.ts'
import { countRules, ruleNames } from './yara-rules.ts'

/** Rules as text, or as an attachment where they are large; together they are one text. */
export const rulesForm = z
  .array(z.union([z.string().min(1).max(LIMITS.inlineRulesBytes), attachmentForm]))
  .min(1)
  .max(LIMITS.attachments)
export type RuleSources = z.infer<typeof rulesForm>

export const RULE_FLAGS: Record<string, Flag> = {
  rules: {
    type: 'file',
    repeat: true,
    attach: true,
    doc: 'A file of YARA rules; needed, unless --rule',
    group: 'Rules'
  },
  rule: many('One rule as text', 'Rules'),
  slow: yes('Let rules pass that may take a host’s whole time', 'Rules')
}

/** How rules are looked at before they are sent. */
export type CheckRules = typeof checkRules
/** They were looked at elsewhere. */
export const unchecked: CheckRules = () => undefined

/** The rules of a question, compiled once here. Throws `bad-params` that names the flag, or the rule and its line. */
export const rulesFromFlags = (
  flags: Record<string, unknown>,
  check: CheckRules = checkRules
): RuleSources => {
  const files = strings(flags, 'rules') ?? []
  const sources = [...files, ...(strings(flags, 'rule') ?? [])]
  if (sources.length === 0)
    throw new GumshoeError('bad-params', '--rules is missing: say what to look for.', {
      fix: '--rules rules.yar'
    })
  check(sources, flags['slow'] === true)
  return inParams(sources, files.length)
}

/** Files that do not fit an action go along as attachments; what was typed is short. */
const inParams = (sources: readonly string[], files: number): RuleSources => {
  const all = sources.map(utf8Bytes)
  const total = all.reduce((sum, { length }) => sum + length, 0)
  return sources.map((source, i) =>
    total <= LIMITS.inlineRulesBytes || i >= files
      ? source
      : { attachment: sha256Hex(all[i]!), bytes: all[i]!.length }
  )
}

/** The text of each, on a host. Throws `attachment-missing`. */
export const textsOf = (rules: RuleSources, host: Host): string[] =>
  rules.map(source => {
    if (typeof source === 'string') return source
    const bytes = host.attachment?.(source.attachment)
    if (bytes === undefined) throw new GumshoeError('attachment-missing', 'The rules are not here.')
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  })

/** At least as many rules as there are. Those of an attachment can't be counted where they are judged: any number. */
export const mostRules = (rules: RuleSources): number =>
  rules.some(source => typeof source !== 'string') ? Number.POSITIVE_INFINITY : countRules(rules.join('\n'))

/** `50 rules in 2 files`, as far as they stand in the action itself. */
export const sayRules = (rules: RuleSources): string => {
  const names = rules.flatMap(source => (typeof source === 'string' ? ruleNames(source) : []))
  const attached = rules.flatMap(source => (typeof source === 'string' ? [] : [source]))
  const inline =
    names.length === 0 ? [] : [names.length === 1 ? `rule ${names[0]!.name}` : `${names.length} rules`]
  const along = attached.map(
    ({ attachment, bytes }) => `rules of ${bytes} bytes (sha256 ${attachment.slice(0, 16)})`
  )
  return [...inline, ...along].join(' and ') || 'rules'
}
