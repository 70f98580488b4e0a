import { KiB, MiB } from './units.ts'

/** What modules are bound by, as a part of `LIMITS` (src/limits.ts), where they are asked for. */
export const MODULE_LIMITS = {
  // The yara module.
  /** Rules up to here travel inside the action, where they cost no fetch; larger ones are attachments. */
  inlineRulesBytes: 64 * KiB,
  /** A file is scanned as a whole, in memory: larger ones are told as not seen. */
  yaraFileBytes: 64 * MiB,
  /** Matches of one pattern in one file: more say nothing more, and each costs memory. */
  yaraMatches: 10_000,
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
  elfSections: 4_096
} as const
