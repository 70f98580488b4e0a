import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Decimal quads without leading zeros, or IPv6 without zone or embedded quads: the forms on which everybody agrees. */
const parseAddress = (text: string): Address | undefined => {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text)
  if (!text.includes(':') || /[.%]/.test(text) || !ipaddr.IPv6.isValid(text)) return undefined
  return ipaddr.process(text)
}

/** The canonical form of an address (an IPv4-mapped IPv6 address is its IPv4 one); undefined for anything else. */
export const canonicalAddress = (text: string): string | undefined => parseAddress(text)?.toString()

const splitNetwork = (text: string): { base: Address; bits: number } | undefined => {
  const slash = text.indexOf('/')
  const base = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (base === undefined) return undefined
  const most = base.kind() === 'ipv4' ? 32 : 128
  if (slash < 0) return { base, bits: most }
  const digits = text.slice(slash + 1)
  if (!/^(0|[1-9][0-9]{0,2})$/.test(digits) || Number(digits) > most) return undefined
  return { base, bits: Number(digits) }
}

const firstOf = (base: Address, bits: number): Address => {
  const bytes = base
    .toByteArray()
    .map((byte, i) => byte & (0xff << (8 - Math.min(8, Math.max(0, bits - 8 * i)))))
  return ipaddr.fromByteArray(bytes.map(byte => byte & 0xff))
}

/** The canonical form of a network or a single address; `outside` names the network where bits stand beyond the prefix. */
export const canonicalNetwork = (text: string): { network: string } | { outside: string } | undefined => {
  const split = splitNetwork(text)
  if (split === undefined) return undefined
  const suffix = text.includes('/') ? `/${split.bits}` : ''
  const first = firstOf(split.base, split.bits).toString()
  return first === split.base.toString() ? { network: first + suffix } : { outside: first + suffix }
}

/** Whether a host's address lies in a canonical network or is that address; false for what is no address. */
export const inNetwork = (address: string, network: string): boolean => {
  const host = parseAddress(address)
  const split = splitNetwork(network)
  if (host === undefined || split === undefined) return false
  // Of two families the texts never agree.
  return firstOf(host, split.bits).toString() === split.base.toString()
}
