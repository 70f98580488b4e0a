/**
 * Every bound of the house, in one place: name with unit, reason beside it. Wire limits are frozen with the document
 * versions; the others may be tuned. Invariants between them are asserted at the end, at load.
 */
const KiB = 1024
const MiB = 1024 * KiB
const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

export const LIMITS = {
  // Documents (threats.md T3, T14, T19).
  /** An action with its signatures; gossip carries nothing larger, so that one message never holds a link for long. */
  actionBytes: 192 * KiB,
  /** A charter with its persons' keys: an RSA-4096 key with its subkeys is about 3 kB, so this is some 200 persons. */
  charterBytes: 1 * MiB,
  /** All versions of a charter in one file: several hundred usual ones. */
  charterFileBytes: 64 * MiB,
  /** Grants, vouchers, cancels, keywraps, receipts, presences, headers: small by nature. */
  smallBytes: 16 * KiB,
  /** The sealed body of one part of an answer: one frame of the stream protocol holds it with its header. */
  bodyBytes: 768 * KiB,
  /** Nesting of any CBOR or JSON: ours need 6; 200 kB of nested arrays end in a stack overflow. */
  depth: 16,
  /** Signatures on one document: more are refused, a quorum is never so large. */
  signatures: 8,
  signatureBytes: 4 * KiB,
  /** RSA keys below this are refused: 128-bit strength asks for 3072 (NIST SP 800-57). */
  rsaBits: 3072,
  /** Parsed OpenPGP keys held in memory; a charter has at most 256 persons. */
  parsedKeys: 512,
  operations: 16,
  /** Disjuncts of a target, hence topics that one action is published on. */
  conjuncts: 16,
  targetBytes: 4 * KiB,
  /** Topics of a mesh; a hub with 1,000 is at 380 MB (mesh-facts.md 6). */
  topics: 256,
  noteBytes: 16 * KiB,
  /** The least that a sealed answer is padded to: most answers are a short `no`, and look like a short `yes`. */
  paddedBytes: 1 * KiB,
  readers: 64,

  // Time.
  /** What two honest clocks may differ by (T12). */
  clockSkewMs: 300 * second,
  voucherMs: 12 * hour,
  sessionMs: 10 * hour,
  /** Run records outlive the action by this, so that a replay with a turned-back clock finds them (T11). */
  runRecordMs: 90 * day,
  windowDefaultMs: 24 * hour,
  windowMaxMs: 14 * day,
  grantDefaultMs: 24 * hour,
  charterDefaultMs: 366 * day,
  /** From here on every screen warns that the charter or a key expires. */
  expiryWarningMs: 30 * day,

  // The wire.
  memberFrameBytes: 8 * KiB,
  memberFrameMs: 5 * second,
  frameBytes: 1 * MiB,
  requestMs: 15 * second,
  /** Documents that a follower lets the other side send before it grants more. */
  followCredit: 256,
  /** An answer with a single receipt is `thin` from here on, and retried. */
  thinMs: 60 * second,
  /** An agent compares its open ids with each node every so often, with jitter: catch-up is the guarantee. */
  catchUpMs: 3 * minute,
  redialMinMs: 250,
  redialMaxMs: 5 * second,
  neighbours: 3,
  hubs: 2,
  /** Actions held for a newer charter or a window that has not begun. */
  held: 256,

  // Rates (T5, T14).
  /** Actions of one person that a host takes in ten minutes. */
  personActionsPer10Min: 60,
  /** Gate checks that one peer may cause a second, after which its messages are ignored unseen. */
  peerMessagesPerS: 200,

  // Runs: the ceilings that a policy may lower.
  wallMs: 60 * second,
  cpuMs: 60 * second,
  memoryMiB: 512,
  rows: 1_000,
  rowsMax: 100_000,
  outputBytes: 8 * MiB,
  /** Operations that one host runs at a time: the others wait their turn. */
  parallelRuns: 2,
  /** What a killed child may overrun before it is gone. */
  killMs: 500,

  // The file module.
  patternBytes: 1 * KiB,
  pathBytes: 4_096,
  searches: 64,
  checksPerSearch: 256,
  walkDepth: 64,
  walkEntries: 5_000_000,
  readBytes: 64 * 1024 * MiB,
  decompressedBytes: 256 * MiB,

  // Stores.
  /** New data is refused below this: LevelDB must write out its log to open again (threats.md F6). */
  diskFloorBytes: 64 * MiB,
  ballastBytes: 16 * MiB,
  /** Answers of one agent to one action that a node keeps. */
  answersPerAgentAction: 64,
  answerBytesPerAgentAction: 16 * MiB,
  outboxBytes: 256 * MiB,
  retentionDays: 90
} as const

const holds: Array<[boolean, string]> = [
  [LIMITS.bodyBytes + 2 * LIMITS.smallBytes < LIMITS.frameBytes, 'a part of an answer fits one frame'],
  [LIMITS.actionBytes < LIMITS.frameBytes, 'an action fits one frame'],
  [LIMITS.sessionMs < LIMITS.voucherMs, 'a session ends before its voucher'],
  [LIMITS.diskFloorBytes >= 4 * LIMITS.ballastBytes, 'the ballast frees what LevelDB needs to open'],
  [LIMITS.rows <= LIMITS.rowsMax, 'the default rows are within the most']
]
for (const [true_, what] of holds) if (!true_) throw new Error(`limits.ts: it no longer holds that ${what}`)
