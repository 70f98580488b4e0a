import { z } from 'zod'
import { canonicalAddress, inNetwork } from '../../../documents/target/address.ts'
import { GumshoeError } from '../../../errors.ts'

/** Another machine that a question names, and its port. */

const LABEL = /^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62}$/

/** Labels of a name; the last one is no number, or it would be an odd way to write an address. */
const isName = (text: string): boolean => {
  const labels = text.replace(/\.$/, '').split('.')
  return labels.every(label => LABEL.test(label)) && !/^(\d+|0x[\da-f]*)$/i.test(labels.at(-1)!)
}

/** A name as DNS has them, or an address. */
export const hostForm = z
  .string()
  .max(253)
  .refine(
    text => canonicalAddress(text) !== undefined || isName(text),
    'a host is a name like web.example.org, or an address'
  )
export const portForm = z.int().min(1).max(65_535)

/**
 * Where nothing that a module sends may go, whoever asks: the own link, on which clouds keep the credentials of their
 * machines; many at once; nobody.
 */
const FORBIDDEN = [
  ...['0.0.0.0/8', '169.254.0.0/16', '192.0.0.192', '100.100.100.200', '224.0.0.0/4', '255.255.255.255'],
  ...['::', 'fe80::/10', 'ff00::/8', 'fd00:ec2::/32']
]

export const isForbidden = (address: string): boolean =>
  canonicalAddress(address) === undefined || FORBIDDEN.some(network => inNetwork(address, network))

/** `ntp.example.org`, `192.0.2.1:1123`, `[2001:db8::1]:123`. Throws `bad-params` that names the flag. */
export const readHostPort = (text: string, flag: string): { host: string; port?: number } => {
  const match = /^(?:\[([^\]]+)\]|([^:]+)|([^[\]]*:[^[\]]*:[^[\]]*))(?::(\d{1,5}))?$/.exec(text)
  if (match === null)
    throw new GumshoeError(
      'bad-params',
      `--${flag} ${text}: a server is like ntp.example.org or 192.0.2.1:123.`
    )
  const host = (match[1] ?? match[2] ?? match[3])!
  return { host, ...(match[4] !== undefined && { port: Number(match[4]) }) }
}
