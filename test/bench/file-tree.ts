import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the bench looks for, and how many files hold it. */
export const LITERAL = 'password = hunter2'
export const ALTERNATION = '(?i)(evilcorp|malware|rootkit|backdoor)-[0-9]{2,5}'
export const PLANTED = 50

const FILES = 100_000
const BYTES = 2 ** 30
/** As on a machine: some 20 files a directory, ten directories at the top. */
const PER_DIRECTORY = 20
const TOP = 10
const POOL = 16 << 20

/** Always the same numbers. */
const chance = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** Words as they stand in configurations and logs; those that the bench looks for are among them, without what makes them a match. */
const WORDS =
  `the of and to in is for on with that be this are from or by it as at file path user group host service error warning
info debug start stop listen port address server client request response password secret token key value true false none
default config option enable disable timeout retry limit memory cpu disk network interface route table chain rule accept
drop reject input output forward state new established related packet bytes time date log level message process thread
signal exit status code return function static const int char void struct if else while break include define hunter
malware password= /usr/lib /etc/ssh 0x7f 127.0.0.1 10.0.0.1 2026-11-24 443 8080 root wheel systemd`.split(
    /\s+/
  )

const textPool = (): Buffer => {
  const next = chance(1)
  const pool = Buffer.alloc(POOL)
  for (let at = 0; at < POOL; ) {
    const line = Array.from({ length: 2 + next(14) }, () => WORDS[next(WORDS.length)]).join(' ')
    at += pool.write(`${line}\n`, at, 'latin1')
  }
  return pool
}

const binaryPool = (): Buffer => {
  const next = chance(2)
  const pool = Buffer.alloc(POOL)
  for (let at = 0; at < POOL; at += 4) pool.writeUInt32LE(next(2 ** 32), at)
  return pool
}

/** A tenth of a tree. */
export const tenthOf = (tree: string): string => join(tree, '0')

/** 100,000 files with 1 GiB, four of five text: sizes from some bytes to 64 KiB, most of them small. */
export const plantTree = (path: string): void => {
  const next = chance(3)
  const [text, binary] = [textPool(), binaryPool()]
  const every = FILES / PLANTED
  for (let i = 0; i < FILES; i++) {
    const directory = Math.floor(i / PER_DIRECTORY)
    const into = join(path, `${directory % TOP}`, `d${directory % 100}`, `e${directory}`)
    if (i % PER_DIRECTORY === 0) mkdirSync(into, { recursive: true })
    const pool = i % 5 === 4 ? binary : text
    // A quarter of the files has most of the bytes; the mean is BYTES / FILES.
    const mean = BYTES / FILES
    const size = i % 4 === 0 ? next(5 * mean) : next(mean)
    const from = next(POOL - size)
    // As many in every tenth of the tree.
    const turn = (i % every) - PER_DIRECTORY * (Math.floor(i / every) % TOP)
    const planted = turn === 7 ? `\n${LITERAL}\n` : turn === 11 ? '\nseen RootKit-4711 there\n' : ''
    writeFileSync(
      join(into, `f${i}.${pool === text ? 'txt' : 'bin'}`),
      Buffer.concat([pool.subarray(from, from + size), Buffer.from(planted)])
    )
  }
}
