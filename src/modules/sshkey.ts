import { runLimits } from './lib/run-limits.ts'
import { runSshkeys } from './lib/ssh/run-sshkeys.ts'
import {
  SSHKEY_FLAGS,
  type SshkeyParams,
  saySshkey,
  sshkeyFromFlags,
  sshkeyLiterals,
  sshkeyParams
} from './lib/ssh/sshkey-params.ts'
import { module } from './spec.ts'

/** Finds SSH keys of every kind by fingerprint, type and weakness. Reads only; no key material leaves the host. */
export const sshkey = module<SshkeyParams>({
  name: 'sshkey',
  major: 1,
  sentence:
    'Finds private, public, authorised and known SSH keys by fingerprint, type and weakness; never returns a key.',
  platforms: ['linux', 'darwin'],
  risk: 'inspect',
  brief: true,
  anyRoot: true,
  rights: [
    {
      right: 'read every home and /etc/ssh (root, or CAP_DAC_READ_SEARCH)',
      without: 'keys of other users count as unreadable, and a "no" becomes "partial"'
    }
  ],
  flags: SSHKEY_FLAGS,
  params: sshkeyParams,
  fromFlags: sshkeyFromFlags,
  say: saySshkey,
  literals: sshkeyLiterals,
  columns: {
    kind: { type: 'text', secrecy: 'plain', doc: 'private, public, authorised or known' },
    path: { type: 'path', secrecy: 'private', doc: 'Where the key is' },
    line: { type: 'count', secrecy: 'plain', doc: 'In which line' },
    mode: { type: 'text', secrecy: 'plain', doc: 'Mode of the file, as ls -l shows it' },
    type: { type: 'text', secrecy: 'plain', doc: 'rsa, dsa, ecdsa-p256, ed25519, sk-ed25519, …-cert' },
    bits: { type: 'count', secrecy: 'plain', doc: 'Length' },
    sha256: { type: 'text', secrecy: 'private', doc: 'Fingerprint: SHA256 in base64' },
    md5: { type: 'text', secrecy: 'private', doc: 'Fingerprint: MD5 in hex' },
    weak: { type: 'text', secrecy: 'plain', doc: 'Why it is weak: dsa, short or exponent' },
    format: { type: 'text', secrecy: 'plain', doc: 'Of a private key: openssh, pem or pkcs8' },
    encrypted: { type: 'bool', secrecy: 'plain', doc: 'A passphrase encrypts the private key' }
  },
  limits: runLimits(),
  examples: [
    { title: 'Private keys that no passphrase encrypts', argv: ['--kind', 'private', '--unencrypted'] },
    {
      title: 'Where a stolen key lets in, by its fingerprint',
      argv: ['--kind', 'authorised', '--fingerprint', 'SHA256:uNiVztksCsDhcc0u9e8BrrhXVEdxDIlN2qAZG/R55Uw']
    },
    { title: 'Weak keys', argv: ['--weak'] }
  ],
  run: runSshkeys
})
