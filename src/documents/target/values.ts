import { FACT_NAMES, type FactType, isFactName } from '../facts.ts'
import { peerForm } from '../vocabulary.ts'
import { canonicalAddress, canonicalNetwork } from './address.ts'
import type { Operator } from './ast.ts'
import { badTarget } from './error.ts'
import type { Token } from './lex.ts'

const ORDER: readonly string[] = ['<', '<=', '>', '>=']

/** What each type of name may be compared by, beside `=`, `!=` and `in`. */
const OPERATORS: Record<FactType | 'tag', readonly string[]> = {
  tag: ['~'],
  word: ['~'],
  peer: ['~'],
  version: ['~', ...ORDER],
  address: []
}

const typeOf = (name: string): FactType | 'tag' => (isFactName(name) ? FACT_NAMES[name].type : 'tag')

/** Throws `bad-target` where the operator has no meaning for the name. */
export const checkOperator = (text: string, name: Token, operator: Token): void => {
  const type = typeOf(name.text)
  if (operator.text === '=' || operator.text === '!=' || OPERATORS[type].includes(operator.text)) return
  const fix =
    type === 'address'
      ? 'Compare an address with =, != or in: ip in 10.0.0.0/8.'
      : 'Only versions have an order.'
  throw badTarget(text, operator.at, `${operator.text} has no meaning for ${name.text}`, fix)
}

/** The value as the target holds it; throws `bad-target` where no host could ever have it. */
export const checkValue = (text: string, name: string, operator: Operator | 'in', token: Token): string => {
  const value = token.text
  const wrong = (what: string, fix?: string) => badTarget(text, token.at, what, fix)
  if (value === '') throw wrong('a value is never empty')
  const type = typeOf(name)
  if (operator === '~') {
    if (type === 'tag' && !/^[a-z0-9._*?-]+$/.test(value))
      throw wrong('a glob over a tag is of a-z 0-9 . _ - * ?')
    return value
  }
  switch (type) {
    case 'tag':
      if (/^[a-z0-9._-]{1,63}$/.test(value)) return value
      throw wrong('the value of a tag is 1 to 63 of a-z 0-9 . _ -', globFix(name, value))
    case 'peer':
      if (peerForm.safeParse(value).success) return value
      throw wrong('a peer id begins with 12D3KooW and has 52 characters', 'Name a host by hostname=….')
    case 'version':
      if (/[A-Za-z0-9]/.test(value) && !/[*?]/.test(value)) return value
      throw wrong('a version holds digits or letters', globFix(name, value))
    case 'address':
      return address(value, operator, wrong)
    case 'word':
      if (/[*?]/.test(value)) throw wrong('a glob needs the operator ~', globFix(name, value))
      return value
  }
}

const globFix = (name: string, value: string): string | undefined =>
  /[*?]/.test(value) ? `Write ${name}~"${value.slice(0, 64)}".` : undefined

const address = (
  value: string,
  operator: Operator | 'in',
  wrong: (what: string, fix?: string) => Error
): string => {
  if (operator !== 'in') {
    const single = canonicalAddress(value)
    if (single !== undefined) return single
    throw wrong(
      'this is no address',
      value.includes('/') ? 'A network stands after in: ip in 10.0.0.0/8.' : undefined
    )
  }
  const network = canonicalNetwork(value)
  if (network === undefined) throw wrong('this is no address and no network', 'Write ip in 10.0.0.0/8.')
  if ('outside' in network) throw wrong('bits stand beyond the prefix', `Write ${network.outside}.`)
  return network.network
}
