/** Calls as the C library has them: names end with a NUL, results below 0 are failures, and errno tells which. */
export interface RawFileCalls {
  openat(at: number, name: Buffer, flags: number): number
  statx(at: number, name: Buffer, flags: number, mask: number, into: Buffer): number
  getdents64(fd: number, into: Buffer, length: number): number
  read(fd: number, into: Buffer, length: number): number
  close(fd: number): number
  errno(): number
}

/** inotify(7), likewise. */
export interface RawNotifyCalls extends Pick<RawFileCalls, 'read' | 'close' | 'errno'> {
  init(flags: number): number
  add(queue: number, path: Buffer, mask: number): number
  remove(queue: number, watch: number): number
}

/** Sockets as the C library has them; `poll` waits on another thread. */
export interface RawNetCalls {
  socket(family: number, type: number, protocol: number): number
  connect(fd: number, address: Buffer, length: number): number
  send(fd: number, bytes: Buffer, length: number, flags: number): number
  recv(fd: number, into: Buffer, length: number, flags: number): number
  poll(fds: Buffer, count: number, ms: number): Promise<number>
  close(fd: number): number
  errno(): number
}
