import { GumshoeError } from '../../../errors.ts'

/** One rule that holds for some bytes. What matched is not told: an engine forgets it at once. */
export interface RuleHit {
  readonly rule: string
  /** How often its patterns match, each up to LIMITS.yaraMatches. */
  readonly matches: number
  /** Where the first of them begins; absent where its condition needs none. */
  readonly offset?: number
}

export interface YaraRules {
  scan(bytes: Buffer): RuleHit[]
}

/** What an engine says of rules: `error[E025]: unknown pattern …\n --> line:2:13\n …`. */
export interface Compiled {
  readonly rules: YaraRules
  readonly warnings: readonly string[]
}

/** Warnings of what may take a host's whole time. */
const SLOW = new Set(['slow_pattern', 'potentially_slow_loop', 'too_many_iterations'])

export interface Complaint {
  readonly code: string
  readonly line: number
  readonly sentence: string
}

/** Reads what an engine says; engines say it for a screen. */
export const complaintOf = (text: string): Complaint => {
  const head = /(?:error|warning)\[(\w+)\]: ([^\n]*)/.exec(text)
  const line = Number(/-->\s[^\n]*?:(\d+):\d+/.exec(text)?.[1] ?? 0)
  const more = [...text.matchAll(/^\s*\|\s*[\^-]+ (.*)$/gm)].map(match => match[1])
  const said = [head?.[2] ?? text.split('\n')[0]!, ...more]
  return { code: head?.[1] ?? '', line, sentence: said.join(': ').slice(0, 300) }
}

/** Names of the rules, each with the line that it begins on; what looks like one in a comment does no harm. */
export const ruleNames = (source: string): { name: string; line: number }[] =>
  source.split('\n').flatMap((text, i) =>
    [...text.matchAll(/(?:^|\s)rule\s+([A-Za-z_]\w{0,127})/g)].map(match => ({
      name: match[1]!,
      line: i + 1
    }))
  )

/**
 * At least as many rules as a text has, whatever a compiler takes for a comment in it: the word, and what may stand behind
 * it in a rule. Cheap, since every node counts what it forwards.
 */
export const countRules = (source: string): number =>
  source.match(/\brule(?:\s*\/[/*]|\s+[^\s{:/]+\s*[{:/])/g)?.length ?? 0

const FIXES: Record<string, string> = {
  E018: 'Begin the pattern with at least two fixed bytes, or add --slow.',
  E042: 'Put the text of the included file in its place: hosts have no such files.',
  E044: 'Put the text of the included file in its place: hosts have no such files.',
  slow_pattern: 'Begin the pattern with at least two fixed bytes, or add --slow.',
  potentially_slow_loop: 'Bound the range by numbers, or add --slow.',
  too_many_iterations: 'Bound the range by numbers, or add --slow.'
}

/** `bad-params` that names the file, its line and the rule. */
export const refusal = (sources: readonly string[], complaint: Complaint): GumshoeError => {
  let { line } = complaint
  let file = 0
  for (; file < sources.length - 1; file++) {
    const lines = sources[file]!.split('\n').length
    if (line <= lines) break
    line -= lines
  }
  const rule = ruleNames(sources[file] ?? '').findLast(named => named.line <= line)?.name
  const place = [
    sources.length > 1 && `file ${file + 1}`,
    line > 0 && `line ${line}`,
    rule !== undefined && `rule ${rule}`
  ]
  const where = place.filter(Boolean).join(', ')
  return new GumshoeError('bad-params', `--rules${where && ` (${where})`}: ${complaint.sentence}.`, {
    fix: FIXES[complaint.code] ?? 'Mend the rule; it is checked here, before any host gets it.'
  })
}

/** Throws `bad-params` for the first rule that may take a host's whole time. */
export const refuseSlow = (sources: readonly string[], warnings: readonly string[]): void => {
  const slow = warnings.map(complaintOf).find(({ code }) => SLOW.has(code))
  if (slow !== undefined) throw refusal(sources, slow)
}
