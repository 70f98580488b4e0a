import { canonicalNetwork } from '../../../documents/target/address.ts'
import { GumshoeError } from '../../../errors.ts'

/** Networks that a question names, and addresses of hosts in them. A leading `!` excludes. */

/** What is no address of the Internet: of one host or link, of a site, of several, or of nobody (IANA's special-purpose registries). */
const PRIVATE = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8'
]

/** The canonical form of what was typed; `private` is all that is no address of the Internet. Throws `bad-params` that names the flag. */
export const parseNetwork = (flag: string, value: string): string[] => {
  const not = value.startsWith('!') ? '!' : ''
  const text = value.slice(not.length)
  if (text === 'private') return PRIVATE.map(network => not + network)
  const read = canonicalNetwork(text)
  if (read === undefined)
    throw new GumshoeError(
      'bad-params',
      `--${flag} ${value}: an address or a network is like 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32; "!" before it excludes.`
    )
  if ('outside' in read)
    throw new GumshoeError(
      'bad-params',
      `--${flag} ${value}: it has bits beyond its prefix; the network is ${read.outside}.`
    )
  return [not + read.network]
}

/** Whether it is what parseNetwork makes. */
export const isNetwork = (text: string): boolean => {
  const network = text.startsWith('!') ? text.slice(1) : text
  const read = canonicalNetwork(network)
  return read !== undefined && 'network' in read && read.network === network
}

export type Networks = (address: string) => { readonly holds: boolean; readonly asked?: string }

/** Holds where an address lies in one of the networks, or they only exclude, and in none that is excluded; with the network of the question that it lies in. */
export const networksOf = (texts: readonly string[]): Networks => {
  const all = texts.map(text => readNetwork(text))
  const wanted = all.filter(({ excluded }) => !excluded)
  const excluded = all.filter(network => network.excluded)
  return address => {
    const bytes = bytesOf(address)
    if (bytes === undefined || excluded.some(network => isIn(bytes, network))) return { holds: false }
    if (wanted.length === 0) return { holds: true }
    const found = wanted.find(network => isIn(bytes, network))
    return found === undefined ? { holds: false } : { holds: true, asked: found.text }
  }
}

interface Network {
  readonly text: string
  readonly excluded: boolean
  readonly bytes: readonly number[]
  readonly bits: number
}

const readNetwork = (asked: string): Network => {
  const excluded = asked.startsWith('!')
  const text = excluded ? asked.slice(1) : asked
  const [address, length] = text.split('/') as [string, string | undefined]
  const bytes = bytesOf(address) ?? []
  return { text, excluded, bytes, bits: length === undefined ? 8 * bytes.length : Number(length) }
}

const isIn = (bytes: readonly number[], network: Network): boolean => {
  if (bytes.length !== network.bytes.length) return false
  const whole = network.bits >> 3
  for (let i = 0; i < whole; i++) if (bytes[i] !== network.bytes[i]) return false
  const mask = 0xff00 >> (network.bits & 7)
  return ((bytes[whole] ?? 0) & mask & 0xff) === ((network.bytes[whole] ?? 0) & mask & 0xff)
}

/** The bytes of an address in canonical form (RFC 5952, or decimal quads); undefined for anything else. A hundred thousand sockets ask for it. */
const bytesOf = (address: string): number[] | undefined => {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) return address.split('.').map(Number)
  if (!/^[0-9a-f:]{2,39}$/.test(address) || !address.includes(':')) return undefined
  const [front, back] = address.split('::') as [string, string | undefined]
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map(group => Number.parseInt(group, 16))
  const [before, after] = [groups(front), groups(back ?? '')]
  const between = back === undefined ? 0 : 8 - before.length - after.length
  if (between < 0 || before.length + between + after.length !== 8) return undefined
  return [...before, ...Array<number>(between).fill(0), ...after].flatMap(group => [group >> 8, group & 0xff])
}
