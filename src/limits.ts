const KiB = 1024
const MiB = 1024 * KiB
const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/**
 * Every bound of the house, in one place: name with unit, reason beside it. Wire limits are frozen with the document
 * versions; the others may be tuned. What must hold between them stands in
 * test/src/limits.test.ts.
 */
export const LIMITS = {
  // Documents (threats.md T3, T14, T19).
  /** An action with its signatures; gossip carries nothing larger, so that one message never holds a link for long. */
  actionBytes: 192 * KiB,
  /** A charter with its persons' keys: an RSA-4096 key with its subkeys is about 3 kB, so this is some 200 persons. */
  charterBytes: 960 * KiB,
  /** All versions of a charter in one file: several hundred usual ones. */
  charterFileBytes: 64 * MiB,
  /** A single executable, unpacked: ours have up to 115 MB, and what is packed may claim anything. */
  executableBytes: 256 * MiB,
  /** Grants, vouchers, cancels, keywraps, receipts, presences, headers: small by nature. */
  smallBytes: 16 * KiB,
  /** The sealed body of one part of an answer: one frame of the stream protocol holds it with its header. */
  bodyBytes: 768 * KiB,
  /** Nesting of any CBOR or JSON: ours need 6; 200 kB of nested arrays end in a stack overflow. */
  depth: 16,
  /** Signatures on one document: more are refused, a quorum is never so large. */
  signatures: 8,
  /** An RSA-4096 signature packet is some 600 bytes; the rest is room for subpackets. */
  signatureBytes: 4 * KiB,
  /** RSA keys below this are refused: 128-bit strength asks for 3072 (NIST SP 800-57). */
  rsaBits: 3072,
  /** Parsed OpenPGP keys held in memory; a charter has at most 256 persons. */
  parsedKeys: 512,
  /** Questions that one action may ask together; each has an answer of its own on every host. */
  operations: 16,
  /** Disjuncts of a target, hence topics that one action is published on. */
  conjuncts: 16,
  /** Room for some 70 hosts named by id; more hosts are named by a tag. */
  targetBytes: 4 * KiB,
  /** Topics of a mesh; a hub with 1,000 is at 380 MB (mesh-facts.md 6). */
  topics: 256,
  /** A sealed note: title, description, case, reason and threat in people's words. */
  noteBytes: 16 * KiB,
  /** The least that a sealed answer is padded to: most answers are a short `no`, and look like a short `yes`. */
  paddedBytes: 1 * KiB,
  /** Persons who may unlock the answers of one action: each is a keywrap to make and keep. */
  readers: 64,

  // Time.
  /** What two honest clocks may differ by (T12). */
  clockSkewMs: 300 * second,
  /** A stolen console session is worth at most this (design 1). */
  voucherMs: 12 * hour,
  /** A working day: the key is asked for once. */
  sessionMs: 10 * hour,
  /** Run records outlive the action by this, so that a replay with a turned-back clock finds them (T11). */
  runRecordMs: 90 * day,
  /** Hosts that are off over night still answer. */
  windowDefaultMs: 24 * hour,
  /** The longest that a policy may allow: a forgotten question does not stay open. An action is signed no earlier before it begins. */
  windowMaxMs: 14 * day,
  /** After this nothing that a cancel may concern is taken any more: signed before it, two of the longest windows, the clocks of three. */
  cancelMs: 28 * day + 3 * 300 * second,
  /** A leaked enrolment file is worth nothing the day after. */
  grantDefaultMs: 24 * hour,
  /** Admins sign at least once a year, so that a lost quorum is noticed in time. */
  charterDefaultMs: 366 * day,
  /** From here on every screen warns that the charter or a key expires. */
  expiryWarningMs: 30 * day,

  // The wire.
  /** A membership with its grant is about 1 kB, a voucher with an RSA-4096 signature 2 kB. */
  memberFrameBytes: 8 * KiB,
  /** A stranger holds a half-open connection no longer than this. */
  memberFrameMs: 5 * second,
  /** What one side must hold in memory for the other; larger things come in chunks. */
  frameBytes: 1 * MiB,
  /** A peer that has not answered by then is treated as gone. */
  requestMs: 15 * second,
  /**
   * Who dialled a member asks it for hello this often; what a firewall forgets after a minute stays open. A dead wire that
   * is mended goes on by itself within as long as it was dead, since TCP tries again at twice the distance each time: up to
   * some 8 s that is soon enough (T18), and by twice as much the connection has been given up and is dialled anew.
   */
  pulseMs: 7 * second,
  /** A pulse that is not answered by then ends the connection. */
  pulseAnswerMs: 8 * second,
  /** A first packet that was lost is sent again after 1 and 3 s; a wire that was dead then is tried anew by the next dial. */
  connectMs: 4 * second,
  /** A peer that broke the rules of gossip stays out for so long; an honest one that was mended comes back by itself. */
  expelledMs: 5 * minute,
  /** Other agents that an agent lets in, beside its hubs and the neighbours that it chose itself (T13). */
  inboundAgents: 32,
  /** Rules, hash sets: what is larger is a feed of its own, not a question. */
  attachmentBytes: 8 * MiB,
  /** Attachments of one action: one for each kind of list that a module takes. */
  attachments: 4,
  /** A part of an attachment on the wire: two fit one frame, so that a slow link is not held for long. */
  chunkBytes: 512 * KiB,
  /** Attachments that one side takes in at a time, each in memory until it is whole and proved. */
  attachmentsAtOnce: 8,
  /** Documents that a follower lets the other side send before it grants more. */
  followCredit: 256,
  /** Documents in one feed to a console: 20,000 hosts with 16 operations each, three times over. A node that tells more is left. */
  feedItems: 1_000_000,
  /** What a console holds of one node's feed: 5,000 hosts with 1,000 rows each. */
  feedBytes: 512 * MiB,
  /** Of one host's answers to one action in a node's feed: twice what a node keeps, since its drops count apart. */
  feedHostBytes: 64 * MiB,
  /** A host's share of what a console holds, once half of that is taken: some hundred rows. */
  feedShareBytes: 64 * KiB,
  /** The longest that a console listens to one node's past; silence ends it after requestMs. */
  feedMs: 5 * minute,
  /** Documents that a node tells though nobody asked for them: an honest one tells none, a newer one perhaps some. */
  feedStrays: 1_000,
  /** An answer with a single receipt is `thin` from here on, and retried. */
  thinMs: 60 * second,
  /** An agent compares its open ids with each node every so often, with jitter: catch-up is the guarantee. */
  catchUpMs: 3 * minute,
  /** An agent that has been still for so long puts its memory away: longer than the pauses of a question and its answers. */
  restMs: 10 * second,
  /** The first redial comes at once for a person, and not in a tight loop. */
  redialMinMs: 250,
  /** A node that is back is found again within this, so that catch-up is within 10 s. */
  redialMaxMs: 5 * second,
  /** Other agents that an agent keeps, so that the mesh stays one when every hub is gone. */
  neighbours: 3,
  /** Bootstrap nodes that an agent keeps connected: one may be lost at any moment. */
  hubs: 2,
  /** Actions held for a newer charter or a window that has not begun. */
  held: 256,
  /** Ids of verified actions in memory, 100 bytes each: further copies cost nothing (T24). */
  seenIds: 16_384,
  /** Verified grants in memory: a fleet that comes back has a few, shown by thousands. */
  verifiedGrants: 256,
  /** Documents that a node has just kept, in memory for its followers: some 3,000 answers, three of a fleet of 1,000. */
  recentBytes: 8 * MiB,

  // Rates (T5, T14).
  /** Actions of one person that a host takes in ten minutes. */
  personActionsPer10Min: 60,
  /**
   * Checks about contents of one person that a host takes in a day, in questions that he may ask alone (ADR 24): thirty of
   * the largest of them, or hundreds of usual ones; read bit by bit, that is 256 bytes.
   */
  personContentChecksPerDay: 2_048,
  /** A day takes as many as ten of those windows: whoever asks at the full rate is done after 100 minutes. */
  personWindowsPerDay: 10,
  /** What the actions that a node takes from one person in a day may be on average: most are 2 kB, few carry a long list. */
  personActionMeanBytes: 16 * KiB,
  /** Open actions of one person that a node keeps, in days of asking: windows are a day by default. */
  personOpenDays: 2,
  /** What the open actions of one person may name as attachments, each counted once: sixteen of the largest (T5). */
  personAttachmentBytes: 128 * MiB,
  /** Actions of one person that a host has taken and not answered to their end; the next ones would wait for hours. */
  personUnfinished: 64,
  /** Actions beyond the rate that a host answers `rate` in ten minutes; more would fill its disk with refusals. */
  rateAnswersPer10Min: 6,
  /** Cancels of one person in ten minutes, and ten times that in a day: what one may ask one may take back. */
  personCancelsPer10Min: 60,
  /** Presences of one host in ten minutes: it sends one every few minutes, and one before an answer where its facts change. */
  presencesPer10Min: 60,
  /** Peers whose debts are remembered after they have gone: some MB. */
  ratedPeers: 50_000,
  /** Gate checks that one peer may cause a second, after which its messages are ignored unseen. */
  peerMessagesPerS: 200,
  /** CBOR items of one frame: a megabyte of single bytes would hold the event loop for a second. */
  frameItems: 65_536,

  // Runs: the ceilings that a policy may lower.
  /** A question that takes longer is answered with what was found by then. */
  wallMs: 60 * second,
  /** One core for the whole of the wall time, at the lowest priority. */
  cpuMs: 60 * second,
  /** What a host can spare beside its own work. */
  memoryMiB: 512,
  /** More rows of one host than this are seldom read; the answer says that there were more. */
  rows: 1_000,
  /** The most that an action may ask for: about 25 MB of rows. */
  rowsMax: 100_000,
  /** What a module may hand to its agent: the sealed answer goes out in parts of bodyBytes. */
  outputBytes: 8 * MiB,
  /** Operations that one host runs at a time: the others wait their turn. */
  parallelRuns: 2,
  /** What a killed child may overrun before it is gone. */
  killMs: 500,
  /** A host under load takes many seconds to start a process; that is slow, not wrong, so the bound is wide. */
  childStartMs: 60 * second,

  // What a console has learnt.
  /** Words that a private column is tried against when it is looked at: with all of them some 1.5 s of CPU a column. */
  knownWords: 100_000,
  /** The longest of them: a path of the kernel's. */
  knownWordBytes: 4_096,

  // Modules.
  /** A file that a flag names travels inside the action: this leaves room for what JSON adds to it, and for the rest. */
  flagFileBytes: 128 * KiB,
  /** An action of MIG: the longest that was published holds a policy of some hundred kB. */
  migActionBytes: 1 * MiB,
  /** Objects within objects of such an action; a policy has seven. */
  migDepth: 32,

  // Standing runs.
  /** Standing operations of one host at a time: each keeps a process of some 120 MB. */
  standingRuns: 4,
  /** Parts of one standing operation, the last included; shared by the standing operations of an action. */
  standingParts: 1_024,
  /** Parts that it may send at once; the others are spread over the window of its action. */
  standingBurst: 64,
  /** Sealed bytes of one standing operation, spread likewise; a quarter of them at once. */
  standingBytes: 16 * MiB,
  /** Things that happen within this stand in one part. */
  standingGatherMs: 1 * second,
  /** Things that a standing module remembers of its host. */
  standingEntries: 32_768,
  /** The same in bytes: two paths of usual length and a digest each. */
  standingStateBytes: 8 * MiB,
  /** What is noticed at the end of the window is told within this. */
  standingEndMs: 10 * second,
  /** Directories that one run has the kernel watch: it holds 1 KB of each. */
  watches: 8_192,
  /** Everything is looked at again this often where the kernel does not tell of all of it; and ten times as long where it does. */
  watchAgainMs: 60 * second,
  /** A file that is larger is not hashed again and again by default. */
  watchHashBytes: 16 * MiB,

  // What questions may learn of contents (ADR 24).
  /** Checks about contents of one action, each of which tells a bit: a search for a threat has some dozens, reading along takes thousands. */
  contentChecks: 64,

  // The yara module.
  /** Rules up to here travel inside the action, where they cost no fetch; larger ones are attachments. */
  inlineRulesBytes: 64 * KiB,
  /** A file is scanned as a whole, in memory: larger ones are told as not seen. */
  yaraFileBytes: 64 * MiB,
  /** Matches of one pattern in one file: more say nothing more, and each costs memory. */
  yaraMatches: 10_000,
  /** What compiling rules may take before they are signed, in CPU time: thousands of usual ones take some seconds. */
  checkCpuS: 60,
  /** The same by the clock, on a machine that is busy. */
  checkWallMs: 5 * minute,
  /** Brackets in brackets, and comparisons in a row, of a rule: a hundred times as many overflow the stack of an engine. */
  ruleDepth: 64,
  /** Numbers read at numbers that are read: each takes ten times as long as the one in it. */
  ruleReads: 6,
  /** Texts that are looked for before an engine looks at a file: some dozens are one pass, and more passes take longer than an engine. */
  yaraLiterals: 256,
  /** Pages of one mapping that hold nothing are judged as zeros up to so many in a row; wider, and what is behind is by itself. */
  yaraGapBytes: 1 * MiB,

  // The file module.
  /** A pattern longer than this is a list: give an attachment or several patterns. */
  patternBytes: 1 * KiB,
  /** Neighbours by IPv6 as the kernel tells them, about 90 bytes each: some ten thousand. */
  neighbourBytes: 1 * MiB,
  /** PATH_MAX of Linux. */
  pathBytes: 4_096,
  /** Labelled searches in one walk. */
  searches: 64,
  /** Names, patterns and hashes of one search together. */
  checksPerSearch: 256,
  /** Directories below each other: deeper trees are loops or traps. */
  walkDepth: 64,
  /** A large file server; about a minute of walking on a warm cache. */
  walkEntries: 5_000_000,
  /** What one run may read from disk: about ten minutes of a fast disk, hence the wall limit comes first. */
  readBytes: 64 * 1024 * MiB,
  /** What one compressed file may grow to (a bomb is 1,000 times its size). */
  decompressedBytes: 256 * MiB,

  // The log module.
  /** Names and matching messages of one journal that are remembered, some 150 bytes each: journald begins another file long before. */
  journalFields: 400_000,

  // The memory module.
  /** A match of an expression in memory is found up to here, wherever it lies: each piece repeats so much of the one before. */
  memoryMatchBytes: 4 * KiB,
  /** Matches of one check that are counted in one process: more of them say nothing new, and what is reached ends the reading. */
  memoryMatches: 1_000,
  /** The most that a question may ask to be counted: each costs a call, some seconds in all. */
  memoryMatchesMax: 1_000_000,
  /** The most places of one check that a question may ask for of one process: as many rows. */
  memoryPlaces: 1_000,
  /** Addresses of one process that are asked about, page by page: some seconds; what reserves more is told as not seen. */
  memorySpanBytes: 2 * 1024 * 1024 * MiB,

  // The package module.
  /** The name of a package, or of what it was built from: it is the name of a file everywhere, of two with a scope of npm (whose own limit is 214). */
  packageNameBytes: 512,
  /** The path of a module of Go: the name of a repository and of a directory in it. */
  goModuleBytes: 1 * KiB,
  /** The version of a package: the longest real ones, of Go, have some 60. */
  packageVersionBytes: 255,
  /** Sections of a program that are looked through for the one of Go: linked programs have some 50. */
  elfSections: 4_096,

  // Stores.
  /** New data is refused below this: LevelDB must write out its log to open again (threats.md F6). */
  diskFloorBytes: 64 * MiB,
  /** A file that is given up when the disk is full, so that LevelDB can open (threats.md F6). */
  ballastBytes: 16 * MiB,
  /** A table of a store that is checked before it is opened: LevelDB makes them of 2 MiB, and of one record more. */
  tableBytes: 64 * MiB,
  /** Answers of one agent to one action that a node keeps. */
  answersPerAgentAction: 64,
  /** The same in bytes: twice the largest output of a run. */
  answerBytesPerAgentAction: 16 * MiB,
  /** Answers of one agent to an action with standing operations that a node keeps: theirs, and those of the others. */
  standingAnswersPerAgentAction: 1_024 + 64,
  /** The same in bytes. */
  standingAnswerBytesPerAgentAction: 32 * MiB,
  /** Shares that a node has counted and remembers, some 300 bytes each: hosts that answer one action, and a few before it. */
  senderTallies: 20_000,
  /** A reader's consoles may each wrap the sealing key once more; nobody needs more than a few. */
  keywrapsPerReader: 8,
  /** One cancel ends an action; a few more come from persons who did not know of each other. */
  cancelsPerAction: 8,
  /** A node gives memory that it has freed back to the system this often; it takes a millisecond. */
  giveBackMs: 5 * minute,
  /** A node looks for what is past its retention this often. */
  retentionMs: 6 * hour,
  /** Every record is read once in the background this often, so that what the disk forgot is noticed (threats.md F5). */
  scrubMs: 7 * day,
  /** Documents of another node that wait here for what they name. */
  replicaWaitingBytes: 32 * MiB,
  /** Answers that wait for a node; what would go beyond this is dropped, with a signed word in its place of the chain. */
  outboxBytes: 256 * MiB,
  /** Of what waits for a node, so much is in memory too: an answer mostly leaves as soon as it is written. */
  freshOutBytes: 256 * KiB,
  /** Actions that a host has answered and keeps for nodes that may lack them; the oldest go first. */
  answeredActionBytes: 16 * MiB,
  /** Attachments that a host holds for what it is about to run: the others wait. */
  hostAttachmentBytes: 64 * MiB,
  /** How long nodes keep answers where the policy does not say. */
  retentionDays: 90
} as const
