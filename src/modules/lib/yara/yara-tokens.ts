/** One token of rules, as the tokenizer of YARA-X cuts them (parser/src/tokenizer); what it means is not its business. */
export interface YaraToken {
  readonly kind: 'word' | 'pattern' | 'text' | 'regex' | 'hex' | 'sign'
  readonly text: string
  /** Where it begins and ends in the source. */
  readonly from: number
  readonly to: number
}

const SKIPPED = /(?:[ \t\r\n\u00a0\u2000-\u200a\u202f\u205f]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y
const FORMS: readonly (readonly [YaraToken['kind'], RegExp])[] = [
  ['word', /\d[\d_]*\.\d[\d_]*|0x[0-9a-fA-F_]+|0o[0-7_]+|\d[\d_]*(?:KB|MB)?|[A-Za-z_]\w*/y],
  ['pattern', /[$#@]\w*|!(?!=)\w*/y],
  ['text', /"(?:\\.|[^"\\\n])*"(?!")/y],
  ['regex', /\/(?:\\.|[^*/\\\n])(?:\\.|[^\\/\n])*\/[A-Za-z]{0,2}/y],
  ['sign', /<<|>>|==|!=|<=|>=|[<>&*\\:,.=+\-%|^~{}()[\]]/y]
]
/** Undefined where something stands there that is not known; the rules may be right all the same. */
export const yaraTokens = (source: string): YaraToken[] | undefined => {
  const tokens: YaraToken[] = []
  let at = 0
  const read = (form: RegExp): string | undefined => {
    form.lastIndex = at
    return form.exec(source)?.[0]
  }
  for (;;) {
    at += read(SKIPPED)?.length ?? 0
    if (at >= source.length) return tokens
    // `$a = {` begins bytes, `rule a {` a rule.
    const [before, equals] = tokens.slice(-2)
    const isHex = before?.kind === 'pattern' && equals?.text === '=' && source[at] === '{'
    const [kind, form] = isHex ? (['hex'] as const) : (FORMS.find(([, any]) => read(any)) ?? [])
    const text = form === undefined ? source.slice(at, hexEnd(source, at)) : read(form)
    if (kind === undefined || !text) return undefined
    tokens.push({ kind, text, from: at, to: at + text.length })
    at += text.length
  }
}

/** Where bytes in braces end: no brace stands inside but in a comment. */
const hexEnd = (source: string, from: number): number => {
  for (let at = from; at >= 0 && at < source.length; at++) {
    if (source[at] === '}') return at + 1
    if (source.startsWith('//', at)) at = endOf(source, '\n', at + 2)
    else if (source.startsWith('/*', at)) at = endOf(source, '*/', at + 2) + 1
  }
  return from
}

const endOf = (source: string, mark: string, from: number): number => {
  const at = source.indexOf(mark, from)
  return at < 0 ? source.length : at
}
