import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readlinkSync } from 'node:fs'
import { GumshoeError } from '../../src/errors.ts'

/** The system's own tools, as installing needs them. */
export interface Tools {
  /** Runs a tool to its end. Throws `permission` with what it said where it fails. */
  run(tool: string, ...argv: string[]): void
  /** What a tool prints, without the line's end. Throws like run. */
  say(tool: string, ...argv: string[]): string
  /** Whether a tool says yes. */
  ask(tool: string, ...argv: string[]): boolean
  has(tool: string): boolean
  /** Where a tool is. Throws `not-found`. */
  find(tool: string): string
  exists(path: string): boolean
  /** Whether another process runs this executable, or one that has been replaced meanwhile. */
  isProcess(executable: string): boolean
}

/** Whatever the PATH of who typed it says: these are root's tools. */
const PLACES = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']

const placeOf = (tool: string): string | undefined => {
  if (tool.includes('/')) return tool
  return PLACES.map(place => `${place}/${tool}`).find(path => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

const find = (tool: string): string => {
  const path = placeOf(tool)
  if (path === undefined)
    throw new GumshoeError('not-found', `There is no ${tool} on this host.`, {
      fix: `Install ${tool} (setpriv: util-linux; useradd: passwd or shadow-utils).`
    })
  return path
}

const start = (tool: string, argv: readonly string[]) =>
  spawnSync(find(tool), argv, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: PLACES.join(':'), LANG: 'C' }
  })

const say = (tool: string, ...argv: string[]): string => {
  const { status, stdout, stderr, error } = start(tool, argv)
  if (status === 0) return stdout.trim()
  const said = (stderr || stdout || String(error ?? '')).trim().split('\n').at(-1)
  throw new GumshoeError('permission', `${tool} ${argv.join(' ')} ended with ${status}: ${said}`)
}

const isProcess = (executable: string): boolean =>
  readdirSync('/proc').some(name => {
    try {
      return (
        /^\d+$/.test(name) && readlinkSync(`/proc/${name}/exe`).replace(/ \(deleted\)$/, '') === executable
      )
    } catch {
      return false
    }
  })

export const systemTools: Tools = {
  say,
  run: (tool, ...argv) => void say(tool, ...argv),
  ask: (tool, ...argv) => placeOf(tool) !== undefined && start(tool, argv).status === 0,
  has: tool => placeOf(tool) !== undefined,
  find,
  exists: existsSync,
  isProcess
}
