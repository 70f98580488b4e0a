/** How Linux tells what changes in directories, inotify(7); handed in as FileCalls are (src/run/notify-calls.ts). */
export interface NotifyCalls {
  /** A new queue that never blocks. Throws EMFILE where this user has too many. */
  open(): number
  /** Watches what lies at a path, or changes what is watched of it; the number is the thing's own in this queue. Throws ENOSPC where this user watches too much. */
  watch(queue: number, path: Buffer, mask: number): number
  forget(queue: number, watch: number): void
  /** The next events, as struct inotify_event; 0 where there are none now. */
  read(queue: number, into: Buffer): number
  close(queue: number): void
}
