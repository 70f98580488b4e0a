import { execFileSync, spawn } from 'node:child_process'
import { GumshoeError } from '../errors.ts'
import { splitSignatures } from './signature-packet.ts'

/**
 * The person's own GnuPG, so that gpg-agent and smartcards work and the secret key never enters our process. GnuPG asks
 * for the passphrase or the card itself, through its pinentry.
 */
export interface GpgOptions {
  /** The program; `gpg` on the PATH by default. */
  readonly program?: string
  /** Its home directory; GnuPG's own choice by default. */
  readonly homedir?: string
}

interface GpgResult {
  readonly out: Uint8Array
  /** Lines of --status-fd without their prefix (GnuPG's doc/DETAILS): the only output that is meant for programs. */
  readonly status: readonly string[]
}

const PREFIX = '[GNUPG:] '

/** GnuPG asks on the terminal that GPG_TTY names; ours where the person names none: gpg itself sees pipes only. */
const environment = (): NodeJS.ProcessEnv => {
  if (process.env['GPG_TTY'] || !process.stdin.isTTY) return process.env
  try {
    const name = execFileSync('tty', { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' })
    return { ...process.env, GPG_TTY: name.trim() }
  } catch {
    return process.env
  }
}

/** What ends each gpg that runs now, and who listened for ^C before. */
const running = new Set<() => void>()
let held: NodeJS.SignalsListener[] = []
let pressed = 0
const onInterrupt = () => {
  if (++pressed > 1) for (const giveUp of running) giveUp()
}

/**
 * While GnuPG may ask on our terminal, ^C is neither gpg's nor ours: the pinentry belongs to gpg-agent, would stay, and eat
 * the keys that are meant for us. Its own Cancel ends it; a second ^C gives up. Returns what ends this.
 */
const holdInterrupts = (giveUp: () => void): (() => void) => {
  if (running.size === 0) {
    held = process.listeners('SIGINT')
    pressed = 0
    process.removeAllListeners('SIGINT')
    process.on('SIGINT', onInterrupt)
  }
  running.add(giveUp)
  return () => {
    if (!running.delete(giveUp) || running.size > 0) return
    process.off('SIGINT', onInterrupt)
    for (const listener of held) process.on('SIGINT', listener)
  }
}

const run = (args: readonly string[], input: Uint8Array, options: GpgOptions): Promise<GpgResult> =>
  new Promise((resolve, reject) => {
    const home = options.homedir === undefined ? [] : ['--homedir', options.homedir]
    const fixed = ['--batch', '--no-tty', '--status-fd', '3', ...home]
    // Standard error is kept for the message.
    const child = spawn(options.program ?? 'gpg', [...fixed, ...args], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env: environment(),
      detached: process.stdin.isTTY === true
    })
    const release = process.stdin.isTTY ? holdInterrupts(() => child.kill()) : () => undefined
    const collected: Buffer[][] = [[], [], []]
    for (const [i, stream] of [child.stdout, child.stderr, child.stdio[3]].entries())
      (stream as NodeJS.ReadableStream).on('data', chunk => collected[i]!.push(chunk as Buffer))
    child.stdin.on('error', () => {})
    child.on('error', cause => {
      release()
      reject(new GumshoeError('gpg', 'The gpg program cannot be started; is GnuPG installed?', { cause }))
    })
    child.on('close', code => {
      release()
      const [out, err, status] = collected.map(chunks => Buffer.concat(chunks))
      const lines = status!
        .toString('utf8')
        .split('\n')
        .filter(line => line.startsWith(PREFIX))
        .map(line => line.slice(PREFIX.length))
      if (code === 0) resolve({ out: new Uint8Array(out!), status: lines })
      else reject(failure(lines, err!.toString('utf8')))
    })
    child.stdin.end(input)
  })

/** Codes of libgpg-error that we can say something about; the low 16 bits of the number that FAILURE and INV_SGNR carry. */
const BAD_PASSPHRASE = 11
const CANCELED = [99, 198]
const NO_SECRET_KEY = 17
const UNUSABLE_SECRET_KEY = 54

const failure = (status: readonly string[], stderr: string): GumshoeError => {
  const codes = status
    .filter(line => /^(FAILURE|ERROR) /.test(line))
    .map(line => Number(line.split(' ')[2]) & 0xffff)
  const says = (word: string) => status.some(line => line.startsWith(word))
  if (says('BAD_PASSPHRASE') || codes.includes(BAD_PASSPHRASE))
    return new GumshoeError('bad-passphrase', 'GnuPG says that the passphrase or PIN is wrong.', {
      fix: 'Try again; GnuPG asks for it. A card locks itself after three wrong PINs.'
    })
  // GnuPG calls such a key unusable and names it as one without a secret half.
  if (says('INV_SGNR 5') || (says('KEYEXPIRED') && codes.includes(UNUSABLE_SECRET_KEY)))
    return new GumshoeError('key-expired', 'GnuPG says that the key has expired.')
  if (says('INV_SGNR 9') || says('NO_SECKEY') || says('INV_SGNR 1') || codes.includes(NO_SECRET_KEY))
    return new GumshoeError('no-key', 'GnuPG has no secret key of this fingerprint.', {
      fix: 'gpg --list-secret-keys; insert the smartcard.'
    })
  if (codes.some(code => CANCELED.includes(code)))
    return new GumshoeError('bad-passphrase', 'The passphrase or PIN was not given to GnuPG.', {
      fix: 'Try again; GnuPG asks for it.'
    })
  const last = stderr.trim().split('\n').at(-1) ?? ''
  return new GumshoeError('gpg', `GnuPG failed: ${last.slice(0, 300) || 'it gives no reason.'}`)
}

const forced = (fingerprint: string): string => {
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(fingerprint))
    throw new GumshoeError('no-key', 'A key is named by its full fingerprint, 40 or 64 hex digits.')
  return fingerprint.toUpperCase()
}

/** One detached binary signature by this key or its signing subkey. Throws `no-key`, `bad-passphrase`, `key-expired`, `gpg`. */
export const gpgSign = async (
  fingerprint: string,
  bytes: Uint8Array,
  options: GpgOptions = {}
): Promise<Uint8Array> => {
  const args = ['--digest-algo', 'SHA512', '--local-user', forced(fingerprint), '--detach-sign']
  const { out } = await run(args, bytes, options)
  const [signature, ...more] = splitSignatures(out)
  if (more.length > 0) throw new GumshoeError('gpg', 'GnuPG made more than one signature.')
  return signature!
}

/** Opens a box that was encrypted to a key that GnuPG holds. Throws like gpgSign. */
export const gpgDecrypt = async (box: Uint8Array, options: GpgOptions = {}): Promise<Uint8Array> => {
  const { out, status } = await run(['--decrypt'], box, options)
  if (!status.some(line => line.startsWith('DECRYPTION_OKAY')))
    throw new GumshoeError('gpg', 'GnuPG did not say that the box was intact.')
  return out
}

/** The public key as GnuPG has it. Throws `no-key`, `gpg`. */
export const gpgExport = async (fingerprint: string, options: GpgOptions = {}): Promise<Uint8Array> => {
  const { out } = await run(
    ['--export-options', 'export-minimal', '--export', forced(fingerprint)],
    new Uint8Array(0),
    options
  )
  if (out.length === 0) throw new GumshoeError('no-key', `GnuPG has no key ${forced(fingerprint)}.`)
  return out
}
