import { Database } from '../../src/store/database.ts'
import { Documents } from '../../src/store/documents.ts'
import { textDocument, textIndex } from './store.ts'

/** A process that keeps documents until it is killed, and says each id once it is acknowledged: `store-writer.ts DIRECTORY PREFIX`. */
const write = async ([directory, prefix]: string[]): Promise<void> => {
  const database = await Database.open(directory!)
  const documents = await Documents.open(database, 'here')
  const one = async (i: number): Promise<void> => {
    const kept = textDocument(`${prefix}-${i}`, undefined, new Uint8Array(2_000).fill(i))
    await documents.put(kept, textIndex(kept))
    process.stdout.write(`${kept.id}\n`)
  }
  const hand = async (first: number): Promise<void> => {
    for (let i = first; ; i += 8) await one(i)
  }
  await Promise.all(Array.from({ length: 8 }, (_, i) => hand(i)))
}

void write(process.argv.slice(2))
