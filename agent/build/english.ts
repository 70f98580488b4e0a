import { GumshoeError } from '../../src/errors.ts'

/** A part of a file that nothing stands in. */
export interface Room {
  readonly from: number
  readonly to: number
}

interface Item {
  readonly name: string
  /** From the beginning of the table, like all offsets in it. */
  readonly offset: number
}

/** `DataHeader` and `UDataOffsetTOC` of ICU (icu4c/source/common/ucmndata.h): a head, a sorted table, names, data. */
const FORMAT = 'CmnD'
const FORMAT_AT = 12
const MAGIC = 0x27da
const ENTRY = 8
const DATA_ALIGN = 16

/**
 * What our programs, which speak English, never ask ICU for: other languages, the tables of encodings older than Unicode,
 * the dictionaries that part Asian words, transliteration and the names of characters. Node's own `--with-intl=small-icu`
 * (tools/icu/icu_small.json) leaves away all of it and more. What it falls back to, root, stays, and so do time zones.
 */
const LEFT_AWAY =
  /^\w+\/(?:(?:\w+\/)?(?!en[_.]|res_index\.)[a-z]{2,3}(?:_\w*)?\.res|.*\.cnv|.*\.dict|brkitr\/\w+_model\w*\.res|translit\/.*|unames\.icu)$/

/** Takes other languages than English out of the node binary's ICU, and returns the room that they stood in. Throws `internal` for data of another shape. */
export const keepEnglish = (node: Buffer): Room => {
  const table = tableIn(node)
  const items = itemsOf(node, table)
  const last = items.at(-1)!
  // Where the last one ends stands nowhere.
  if (!LEFT_AWAY.test(last.name)) throw unknown()
  const kept = items.flatMap((item, i) =>
    LEFT_AWAY.test(item.name) ? [] : [{ ...item, size: items[i + 1]!.offset - item.offset }]
  )
  const names = kept.map(({ name }) => `${name}\0`).join('')
  let name = 4 + kept.length * ENTRY
  const head = Buffer.alloc(align(name + names.length))
  head.writeUInt32LE(kept.length, 0)
  head.write(names, name, 'latin1')
  let data = head.length
  for (const [i, item] of kept.entries()) {
    head.writeUInt32LE(name, 4 + i * ENTRY)
    head.writeUInt32LE(data, 8 + i * ENTRY)
    // Nothing moves but towards the front, so what has yet to be moved is not written over.
    node.copyWithin(table + data, table + item.offset, table + item.offset + item.size)
    name += item.name.length + 1
    data += item.size
  }
  head.copy(node, table)
  const room = { from: table + data, to: table + last.offset }
  node.fill(0, room.from, room.to)
  return room
}

const align = (n: number): number => Math.ceil(n / DATA_ALIGN) * DATA_ALIGN

const tableIn = (node: Buffer): number => {
  for (let at = node.indexOf(FORMAT); at >= FORMAT_AT; at = node.indexOf(FORMAT, at + 1)) {
    const head = at - FORMAT_AT
    if (node.readUInt16LE(head + 2) === MAGIC) return head + node.readUInt16LE(head)
  }
  throw unknown()
}

const itemsOf = (node: Buffer, table: number): Item[] => {
  const items = Array.from({ length: node.readUInt32LE(table) }, (_, i) => {
    const name = table + node.readUInt32LE(table + 4 + i * ENTRY)
    return {
      name: node.toString('latin1', name, node.indexOf(0, name)),
      offset: node.readUInt32LE(table + 8 + i * ENTRY)
    }
  })
  const isSorted = items.every(
    ({ offset }, i) => offset % DATA_ALIGN === 0 && offset > (items[i - 1]?.offset ?? 0)
  )
  if (items.length === 0 || !isSorted) throw unknown()
  return items
}

const unknown = (): GumshoeError =>
  new GumshoeError('internal', "This node binary's ICU is laid out in a way that is not known.")
