import { Attachments, type AttachmentsComponents } from '../../agent/attachments.ts'
import { testClient } from './agent-parts.ts'
import { serving } from './attachments.ts'
import { testClock } from './mesh.ts'

/** What a host fetches with, from one node that has what a test puts into `node`; it waits 2 ms wherever it waits. */
export const testAttachments = (
  { shelf, memory, signal }: Pick<AttachmentsComponents, 'shelf' | 'memory' | 'signal'>,
  node: ReadonlyMap<string, Uint8Array>,
  now: () => number,
  asked: (attachment: string) => void = () => undefined
): Attachments => {
  const client = testClient('north', {
    wantChunk: async (attachment, offset) => {
      asked(attachment)
      const bytes = node.get(attachment)
      return bytes && serving(bytes)(attachment, offset)
    }
  })
  return new Attachments({
    clock: {
      ...testClock,
      now,
      sleep: async (_, signal) => {
        await new Promise(done => setTimeout(done, 2))
        signal?.throwIfAborted()
      }
    },
    ...{ shelf, memory, signal },
    log: () => undefined,
    mesh: () => ({ members: () => [client.caller], client: async () => client })
  })
}
