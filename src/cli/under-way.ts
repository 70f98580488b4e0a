import type { UnderWay } from '../run/held.ts'
import { count } from './count.ts'
import { makeProgress, type Progress } from './progress.ts'

/** A run that takes longer than a person waits without a word. */
const QUIET_MS = 2_000

/** Says at a terminal how far a run on this machine is; in a pipe, nothing. `done` clears the line. */
export const sayUnderWay = (
  name: string,
  most: { readonly wallMs: number | undefined },
  stream: Parameters<typeof makeProgress>[0] & {} = process.stderr
): { underWay: UnderWay; done: () => void } => {
  const progress: Progress | undefined = stream.isTTY ? makeProgress(stream) : undefined
  return {
    underWay: far => {
      if (far.ms >= QUIET_MS) progress?.update(sayFar(name, far, most))
    },
    done: () => progress?.done()
  }
}

const seconds = (ms: number): string => `${Math.floor(ms / 1_000)} s`

/** `sshkey: 14 s of at most 60 s, 3.2 MiB read, 2 rows so far; ^C ends it` */
export const sayFar = (
  name: string,
  { ms, rows, readBytes }: Parameters<UnderWay>[0],
  { wallMs }: { readonly wallMs: number | undefined }
): string => {
  const time = `${seconds(ms)}${wallMs === undefined ? '' : ` of at most ${seconds(wallMs)}`}`
  const read = readBytes > 0 ? [`${(readBytes / (1 << 20)).toFixed(1)} MiB read`] : []
  return `${name}: ${[time, ...read, `${count(rows, 'row')} so far`].join(', ')}; ^C ends it`
}
