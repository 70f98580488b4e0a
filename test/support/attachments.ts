import { createHash } from 'node:crypto'
import type { Action } from '../../src/documents/action.ts'
import type { Attachment } from '../../src/documents/attachment.ts'
import { LIMITS } from '../../src/limits.ts'

export interface TestAttachment {
  readonly whole: Uint8Array
  readonly named: Attachment
}

/** An attachment of two chunks and a bit, unless it is to be of another size. */
export const testAttachment = (seed = 0, bytes: number = 2 * LIMITS.chunkBytes + 1): TestAttachment => {
  const whole = Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + seed) & 0xff)
  return { whole, named: { attachment: createHash('sha256').update(whole).digest('hex'), bytes } }
}

/** A question that names these. */
export const naming = (...named: readonly Attachment[]): Partial<Action> => ({
  operations: [{ id: 'o1', module: 'file/1', params: { lists: [...named] } }]
})

/** What a peer serves that has these bytes. */
export const serving =
  (whole: Uint8Array) =>
  async (_: string, offset: number): Promise<Uint8Array> =>
    whole.subarray(offset, offset + LIMITS.chunkBytes)
