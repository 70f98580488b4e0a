import { addressText } from './proc-sockets.ts'

/** What the kernel says of neighbours by IPv6 (rtnetlink(7), linux/neighbour.h), as the agent has handed it on. */

export interface Neighbour6 {
  readonly address: string
  readonly mac: string
  readonly interfaceIndex: number
}

const HEADER = 16
/** Family, index, state, flags and type, after the header. */
const FIXED = 12
const NEIGHBOUR = 28
const AF_INET6 = 10
const ADDRESS = 1
const HARDWARE = 2
/** Never answered, asked no more, or needs no asking (a group): INCOMPLETE, FAILED, NOARP. */
const NO_NEIGHBOUR = 0x01 | 0x20 | 0x40
const LONGEST_MAC = 32

/** Those that have a hardware address. What is cut off or of another form ends it: nothing is read beyond what is there. */
export function* parseNeighbours6(bytes: Uint8Array): Generator<Neighbour6> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = view.getUint32(at, true)
    if (length < HEADER || at + length > bytes.length) return
    if (view.getUint16(at + 4, true) === NEIGHBOUR) {
      const one = neighbourOf(view, at + HEADER, at + length)
      if (one !== undefined) yield one
    }
    at += aligned(length)
  }
}

const neighbourOf = (view: DataView, from: number, to: number): Neighbour6 | undefined => {
  if (from + FIXED > to || view.getUint8(from) !== AF_INET6) return undefined
  const state = view.getUint16(from + 8, true)
  if ((state & NO_NEIGHBOUR) !== 0) return undefined
  let [address, mac]: (string | undefined)[] = []
  for (let at = from + FIXED; at + 4 <= to; ) {
    const length = view.getUint16(at, true)
    if (length < 4 || at + length > to) break
    const type = view.getUint16(at + 2, true)
    const value = [...new Uint8Array(view.buffer, view.byteOffset + at + 4, length - 4)]
    if (type === ADDRESS && value.length === 16) address = addressText(value)
    if (type === HARDWARE && value.length > 0 && value.length <= LONGEST_MAC) mac = macText(value)
    at += aligned(length)
  }
  if (address === undefined || mac === undefined) return undefined
  return { address, mac, interfaceIndex: view.getUint32(from + 4, true) }
}

const macText = (bytes: readonly number[]): string =>
  bytes.map(byte => byte.toString(16).padStart(2, '0')).join(':')

const aligned = (length: number): number => (length + 3) & ~3
