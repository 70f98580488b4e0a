import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** node memory-held.ts BYTES NEEDLE DIRECTORY…: holds what the files there hold, over and over, and the needle in the middle. */
const [size, needle, ...directories] = [Number(process.argv[2]), process.argv[3]!, ...process.argv.slice(4)]
const memory = Buffer.alloc(size)
const files = directories
  .flatMap(directory => readdirSync(directory).map(name => join(directory, name)))
  .filter(path => statSync(path, { throwIfNoEntry: false })?.isFile())
let length = 0
while (length < size && files.length > 0)
  for (const path of files) {
    const file = openSync(path, 'r')
    length += readSync(file, memory, length, Math.min(64 << 20, size - length), 0)
    closeSync(file)
  }
// Turned round on the command line, so that it is here once.
memory.set(Buffer.from([...needle].reverse().join('')), size / 2)
console.log('ready')
setInterval(() => memory.length, 60_000)
