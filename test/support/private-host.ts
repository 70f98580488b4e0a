import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

interface Said {
  readonly status: number
  readonly out: string
}

/** Every change lands in memory, and every process ends with the shell. `packages` lies over what is installed, and no group of processes is shared. */
const prepare = (packages = ''): string => `
mount -t tmpfs tmpfs /mnt
for d in ${packages && 'usr '}etc var usr/local; do
  mkdir -p /mnt/$d/upper /mnt/$d/work
  over=${packages}
  [ -n "$over" ] && [ -d "$over/$d" ] && over=$over/$d: || over=
  mount -t overlay overlay -o lowerdir=$over/$d,upperdir=/mnt/$d/upper,workdir=/mnt/$d/work /$d
done
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /sys/fs/cgroup
`

/** This host as root may change it, seen by one shell only: mount and process namespaces of its own. */
export class PrivateHost {
  readonly #shell: ChildProcessByStdio<Writable, Readable, null>
  /** Each line prints to a file of its own: Node has a pipe that it shares with others not wait, and they lose what does not fit. */
  readonly #directory = mkdtempSync(join(tmpdir(), 'gumshoe-private-'))
  #lines = 0
  #text = ''
  #heard: () => void = () => undefined

  private constructor() {
    this.#shell = spawn('unshare', [...NAMESPACES, '--kill-child', 'sh'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
    })
    this.#shell.stdout.setEncoding('utf8').on('data', chunk => {
      this.#text += chunk
      this.#heard()
    })
  }

  /**
   * Undefined where this process may make no namespaces: it isn't root, or runs in a container. `packages` is a directory of
   * unpacked packages that this host has in there, and nowhere else.
   */
  static async make(packages?: string): Promise<PrivateHost | undefined> {
    if (spawnSync('unshare', [...NAMESPACES, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status !== 0)
      return undefined
    const host = new PrivateHost()
    const { status, out } = await host.type(prepare(packages))
    if (status !== 0) throw new Error(`The namespaces can't be prepared: ${out}`)
    return host
  }

  /** Types a line and resolves to what it printed, both streams. */
  async type(line: string): Promise<Said> {
    this.#text = ''
    const printed = join(this.#directory, String(++this.#lines))
    this.#shell.stdin.write(`{ ${line}\n} </dev/null >${printed} 2>&1; echo "<<$?>>"\n`)
    for (;;) {
      const end = /<<(\d+)>>\n$/.exec(this.#text)
      if (end !== null) return { status: Number(end[1]), out: readFileSync(printed, 'utf8') }
      await new Promise<void>(heard => (this.#heard = heard))
    }
  }

  close(): Promise<void> {
    return new Promise(done => {
      this.#shell.once('close', () => {
        rmSync(this.#directory, { recursive: true, force: true })
        done()
      })
      this.#shell.kill('SIGKILL')
    })
  }
}

const NAMESPACES = ['--mount', '--propagation', 'private', '--pid', '--fork', '--mount-proc']
