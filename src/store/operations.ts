import { encodingOf, place } from './keys.ts'
import { type Content, wrapRecords } from './record.ts'

interface Changed {
  readonly shelf: string
  readonly key: string
  /** Absent: delete. */
  readonly value?: Uint8Array
}

/** Changes as LevelDB takes them: at once, since their records hold until the next are made, and it copies them. */
export const operationsOf = (changes: readonly Changed[]) => {
  const keys = changes.map(({ shelf, key }) => place(shelf, key))
  const contents: Content[] = []
  for (const [i, { value }] of changes.entries())
    if (value !== undefined) contents.push({ key: keys[i]!, value })
  const records = wrapRecords(contents).values()
  return changes.map(({ value }, i) => {
    const key = keys[i]!
    const keyEncoding = encodingOf(key)
    return value === undefined
      ? { type: 'del' as const, key, keyEncoding }
      : { type: 'put' as const, key, keyEncoding, value: records.next().value! }
  })
}
