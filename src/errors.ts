/** Exit statuses of the three programs (screens.md). */
export const EXIT = {
  complete: 0,
  internal: 1,
  usage: 2,
  incomplete: 3,
  policy: 4,
  unreached: 5,
  key: 6,
  nobody: 7,
  resource: 8,
  notFound: 10,
  left: 130
} as const

export type ExitName = keyof typeof EXIT

interface ErrorEntry {
  /** When it happens, in one sentence. */
  readonly meaning: string
  /** What the reader does next. */
  readonly fix: string
  readonly exit: ExitName
}

const entry = (exit: ExitName, meaning: string, fix: string): ErrorEntry => ({ exit, meaning, fix })

/**
 * Every code that Gumshoe says, on a screen, in a log line or in a sealed answer. Codes never change their meaning;
 * docs/errors.md is generated from this table.
 */
export const ERRORS = {
  // Form: what every honest node refuses alike.
  malformed: entry(
    'usage',
    'The bytes are not a well-formed document of this version.',
    'Ask the sender for the file again; do not edit signed files.'
  ),
  'not-canonical': entry(
    'usage',
    'The document is not written in its canonical form.',
    'Have it made again by gumshoe; do not re-format signed files.'
  ),
  'too-large': entry(
    'usage',
    'The document or one of its fields is larger than the limit.',
    'Make the question smaller; docs/limits.md names the limit.'
  ),
  'unknown-kind': entry(
    'usage',
    'The document is of a kind or version that this program does not know.',
    'Upgrade the program that says this.'
  ),
  'wrong-mesh': entry(
    'usage',
    'The document belongs to another mesh.',
    'Check --home: each mesh has a home of its own.'
  ),
  // Trust.
  unsigned: entry(
    'policy',
    'The document carries no valid signature of a person in the charter.',
    'Sign it with a key that the charter names (gumshoe key list).'
  ),
  'bad-signature': entry(
    'policy',
    'A signature by a key of the charter does not verify over these bytes.',
    'The bytes were altered on the way; fetch or make the document again.'
  ),
  'unknown-signer': entry(
    'policy',
    'The signature is by a key that the charter does not name.',
    'Ask an admin: gumshoe mesh add investigator.'
  ),
  revoked: entry(
    'policy',
    'The person, key, grant or host is revoked by the charter.',
    'Ask an admin why; a new key or enrolment is needed.'
  ),
  quorum: entry(
    'policy',
    'The signatures do not reach the quorum that the policy asks for.',
    'Have another person sign: gumshoe … --save F, gumshoe sign F, gumshoe send F.'
  ),
  policy: entry(
    'policy',
    'The policy of the charter does not allow this.',
    'See gumshoe mesh show; choose a lower disclosure or ask an admin.'
  ),
  rate: entry('policy', 'This person or peer asks too often.', 'Wait some minutes and ask again.'),
  ceiling: entry(
    'policy',
    'The host lies outside of the part of the fleet that the action may touch.',
    'Widen the action: --ceiling.'
  ),
  'module-off': entry(
    'policy',
    'The owner of this host has switched the module off.',
    'Ask the owner of the host.'
  ),
  fence: entry(
    'policy',
    'The kernel of this host holds a module less tightly than its owner asks for this module or its risk.',
    'Leave such hosts out (fence=full in the target), or ask the owner of the host; a newer kernel holds it whole.'
  ),
  'disclosure-off': entry(
    'policy',
    'The owner of this host has switched this disclosure off.',
    'Ask at a lower disclosure, or ask the owner of the host.'
  ),
  'unknown-module': entry(
    'usage',
    'There is no such module, or not in this major version.',
    'gumshoe modules lists what can be asked.'
  ),
  'bad-attachment': entry(
    'usage',
    'The bytes are not those that the action names as its attachment.',
    'Nothing of them was kept; ask the question again from the original file.'
  ),
  'attachment-missing': entry(
    'incomplete',
    'No bootstrap node that was reached had the attachment which the action names, until the action expired.',
    'Ask again with gumshoe while a bootstrap node is reached; the hosts fetch it from there.'
  ),
  'bad-params': entry(
    'usage',
    'A parameter of the module is missing or malformed.',
    'The message names the field; see gumshoe help MODULE.'
  ),
  unsupported: entry(
    'incomplete',
    'The module cannot run on this host.',
    'Exclude such hosts from the target.'
  ),
  // Charter and time.
  'charter-newer': entry(
    'policy',
    'The document names a newer charter than the one held here.',
    'It is fetched; ask again in a moment.'
  ),
  'charter-stale': entry(
    'policy',
    'The charter is older than the one already held, or a second successor of one version.',
    'Fetch the newest: gumshoe mesh show.'
  ),
  'charter-invalid': entry(
    'policy',
    'The charter does not verify.',
    'Get the charter from an admin again; compare the mesh id by voice.'
  ),
  'charter-expired': entry(
    'policy',
    'The charter has expired.',
    'An admin makes the next version: gumshoe mesh policy --expires.'
  ),
  expired: entry('usage', 'The window of the document is over.', 'Make a new one.'),
  'not-yet-valid': entry(
    'usage',
    'The window of the document has not begun.',
    'Wait, or check the clock of this machine.'
  ),
  window: entry(
    'policy',
    'The window of the action is longer than the policy allows, ends before it begins, or begins more than 14 days after it was signed.',
    'Use a shorter --expires, and sign within 14 days of its begin.'
  ),
  clock: entry('resource', 'The clock of this machine is off.', 'Set the clock (NTP) and try again.'),
  // Runs and answers.
  known: entry('complete', 'This action has been taken already.', 'Nothing to do.'),
  'not-targeted': entry('complete', 'The target does not name this host.', 'Nothing to do.'),
  'not-met': entry('complete', 'The condition of the operation is false on this host.', 'Nothing to do.'),
  undecided: entry(
    'incomplete',
    'The condition could not be decided: what it names found nothing and did not see everything, or is not over.',
    'Mend what kept that operation from seeing everything, or ask without the condition.'
  ),
  'limit-wall': entry(
    'incomplete',
    'The run reached its wall-time limit.',
    'Narrow the question or raise --limit-wall.'
  ),
  'limit-cpu': entry(
    'incomplete',
    'The run reached its CPU limit.',
    'Narrow the question or raise --limit-cpu.'
  ),
  'limit-memory': entry('incomplete', 'The run reached its memory limit.', 'Narrow the question.'),
  'limit-rows': entry(
    'incomplete',
    'The run reached its row limit.',
    'Narrow the question or raise --limit-rows.'
  ),
  'limit-bytes': entry(
    'incomplete',
    'The run reached its output or read budget.',
    'Narrow the question or raise --limit-read.'
  ),
  'limit-entries': entry(
    'incomplete',
    'The walk reached its limit of entries or depth.',
    'Give a narrower --path or raise --limit-entries.'
  ),
  'standing-full': entry(
    'incomplete',
    'As many questions stand on this host as may at one time.',
    'Cancel one of them (gumshoe actions), or ask for one look.'
  ),
  'path-missing': entry(
    'usage',
    'A path that the question names is not there on this host, so that nothing below it could be found.',
    'Check how it is written; where it is right, the "no" says that it is not there.'
  ),
  unreadable: entry(
    'incomplete',
    'Some of what was asked about could not be read.',
    'Run the agent with the rights that gumshoe-agent run names.'
  ),
  interrupted: entry(
    'incomplete',
    'The agent stopped while the operation ran; it does not run twice.',
    'Ask again with a new action.'
  ),
  cancelled: entry('incomplete', 'An investigator cancelled the action.', 'Nothing to do.'),
  'module-failed': entry(
    'incomplete',
    'The module ended with an error.',
    'gumshoe show ACTION HOST gives its message.'
  ),
  'rolled-back': entry(
    'incomplete',
    'The agent was restored from a snapshot; it takes what it had answered as run.',
    'Nothing to do; ask again with a new action where needed.'
  ),
  'no-opening': entry(
    'incomplete',
    'This host never committed to the value that is to be revealed.',
    'Check the action and value names.'
  ),
  // Membership.
  'not-a-member': entry(
    'policy',
    'The peer is not a member of this mesh.',
    'Enrol it with a file from gumshoe enrol.'
  ),
  'grant-expired': entry(
    'policy',
    'The enrolment file is past its last moment.',
    'Ask an admin for a new one: gumshoe enrol.'
  ),
  'grant-used-up': entry(
    'policy',
    'More hosts enrolled with this file than it was made for.',
    'Ask an admin for a new one: gumshoe enrol --max.'
  ),
  cloned: entry(
    'policy',
    'The identity of this agent was copied from another machine.',
    'Remove the copied home and enrol this machine anew.'
  ),
  'voucher-expired': entry(
    'key',
    'The session of this console is over.',
    'Ask anything again; the key is asked for once.'
  ),
  // Storage.
  quota: entry(
    'resource',
    'The node keeps no more documents of this sender.',
    'Wait for retention, or ask the relay operator.'
  ),
  'disk-full': entry(
    'resource',
    'The disk is too full to keep more.',
    'Free space on the disk; reading goes on, writing resumes by itself.'
  ),
  'store-newer': entry(
    'resource',
    'The store was written by a newer version.',
    'Upgrade this program, or use another --home.'
  ),
  'store-damaged': entry(
    'resource',
    'The store is damaged; what is damaged was set aside.',
    'It is filled again from other nodes; see the log.'
  ),
  'store-locked': entry(
    'resource',
    'Another process uses this home.',
    'Stop it first, or use another --home.'
  ),
  'damaged-executable': entry(
    'resource',
    'The executable, or the enrolment that was appended to it, is not whole.',
    'Copy it again and compare its SHA-256 with that of the original.'
  ),
  'not-found': entry(
    'usage',
    'There is no such thing here.',
    'Check the name; the list commands show what there is.'
  ),
  // The person at the keyboard.
  usage: entry('usage', 'The command line is not understood.', 'See --help.'),
  'bad-target': entry(
    'usage',
    'The target expression is malformed.',
    'See gumshoe help target for the grammar.'
  ),
  'no-counterpart': entry(
    'usage',
    'The action of MIG asks something that Gumshoe can not ask.',
    'docs/mig.md says what of MIG is taken, and what to ask instead.'
  ),
  nobody: entry('nobody', 'The target matches no host that is known.', 'gumshoe agents shows who is there.'),
  'no-key': entry(
    'key',
    'There is no such key, or no secret half of it here.',
    'gumshoe key list; gumshoe key make or import.'
  ),
  'bad-passphrase': entry(
    'key',
    'The passphrase does not open the key.',
    'Try again; --passphrase-fd reads it from a descriptor.'
  ),
  'key-expired': entry(
    'key',
    'The key has expired.',
    'Prolong it, or have an admin add a new key to the charter.'
  ),
  'key-unfit': entry(
    'key',
    'The key is of a kind that Gumshoe does not accept.',
    'Use Ed25519, RSA of 3072 bits or more, or a NIST curve, with an encryption subkey.'
  ),
  gpg: entry(
    'key',
    'The gpg program failed or is not installed.',
    'Run gpg by hand with the same key to see why.'
  ),
  unreached: entry(
    'unreached',
    'No bootstrap node could be reached; nothing was sent.',
    'Check the addresses (gumshoe mesh show) and the network.'
  ),
  'no-home': entry(
    'usage',
    'There is nothing in this home yet.',
    'The message names the command that makes it.'
  ),
  'home-exists': entry(
    'usage',
    'This home is in use already.',
    'Use another --home, or remove what is there.'
  ),
  'home-open': entry(
    'resource',
    'Other users may read or change this home.',
    'chmod go-rwx the directory and files that the message names.'
  ),
  'port-in-use': entry(
    'resource',
    'Another program listens on this address.',
    'Choose another --listen, or stop that program.'
  ),
  permission: entry(
    'resource',
    'The operating system denies it.',
    'The message names the file; run with the rights that it needs.'
  ),
  protocol: entry('internal', 'A peer broke the protocol.', 'Upgrade both sides; report it if it stays.'),
  timeout: entry('incomplete', 'It took longer than its deadline.', 'Try again.'),
  internal: entry('internal', 'Gumshoe itself failed.', 'Report it with the log; this is a defect.')
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERRORS

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(ERRORS, text)

/**
 * The one error class. Match on `code`, never on the message; `message` is a sentence that names the thing,
 * the fix comes from the table unless the thrower knows a better one.
 */
export class GumshoeError extends Error {
  readonly code: ErrorCode
  readonly fix: string

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; fix?: string } = {}) {
    super(message, { cause: options.cause })
    this.name = 'GumshoeError'
    this.code = code
    this.fix = options.fix ?? ERRORS[code].fix
  }

  get exit(): number {
    return EXIT[ERRORS[this.code].exit]
  }
}

/** The code of anything that was thrown; what is not ours is `internal`. */
export const codeOf = (error: unknown): ErrorCode => (error instanceof GumshoeError ? error.code : 'internal')
