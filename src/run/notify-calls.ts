import { constants } from 'node:fs'
import type { NotifyCalls } from '../modules/lib/fswatch/notify-calls.ts'
import { failure } from './file-calls.ts'
import { loadNative } from './native.ts'
import type { RawNotifyCalls } from './raw-calls.ts'

/** How changes are told to a standing module; undefined where there is no native part for this machine, and it looks again and again. */
export const notifyCalls = async (): Promise<NotifyCalls | undefined> => {
  const native = await loadNative()
  return native && notifyCallsOf(native.notifyCalls())
}

const CLOSE_ON_EXEC = 0x80000
const EAGAIN = 11
const EINTR = 4

export const notifyCallsOf = (raw: RawNotifyCalls): NotifyCalls => {
  const checked = (what: string, result: number): number => {
    if (result >= 0) return result
    throw failure(what, raw.errno())
  }
  return {
    open: () => checked('inotify_init1', raw.init(constants.O_NONBLOCK | CLOSE_ON_EXEC)),
    watch: (queue, path, mask) => {
      if (path.includes(0)) throw failure('inotify_add_watch', 22)
      return checked('inotify_add_watch', raw.add(queue, Buffer.concat([path, Buffer.alloc(1)]), mask))
    },
    // What was removed meanwhile is forgotten already.
    forget: (queue, watch) => void raw.remove(queue, watch),
    read: (queue, into) => {
      const length = raw.read(queue, into, into.length)
      if (length < 0 && [EAGAIN, EINTR].includes(raw.errno())) return 0
      return checked('read', length)
    },
    close: queue => void raw.close(queue)
  }
}
