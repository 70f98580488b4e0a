/**
 * The loops that V8 does not make fast enough by itself: where in some bytes does one of a few three-byte windows begin, and
 * where do two bytes of one literal stand at their distance? For the first, a hand-written WebAssembly function of 16 lanes: for each place the low and the high half of its byte are looked up in two
 * tables of bit sets, one bit a window (the way of Hyperscan's Teddy); three places together leave the windows that may begin
 * there. 8 GB/s where Buffer.includes has 3 for one literal, and RE2 in JavaScript 0.1 for an expression. The second compares 64 places at a
 * time, more than twice as fast again. They see only their own memory; where the engine does not take it, there is none, and everything is looked at the long way.
 */
export interface Kernel {
  /** All of its memory. */
  readonly memory: Buffer
  /** The first place in [at, end) of the memory where a window may begin; -1 where none does. Reads up to 17 bytes beyond. */
  find(at: number, end: number): number
  /** The first place in [at, end) where the pair in PAIR stands, its second byte `far` behind the first; -1 where it does not. Reads up to `far` + 64 bytes beyond. */
  findPair(at: number, end: number, far: number): number
}

export const WINDOW = 3
/** Where the tables stand: for each byte of a window 16 sets by its low half, then 16 by its high half. */
export const TABLES = 0
export const TABLE_BYTES = WINDOW * 32
/** Where a pair stands: for each of its bytes the bits that are set in whatever it is compared with, then the byte itself. */
export const PAIR = TABLES + TABLE_BYTES
/** Where bytes from elsewhere are copied to, piece by piece. */
export const STAGE = 4_096
export const STAGE_BYTES = 32 * 1_024
/** Where files are read to. */
export const CHUNK = 64 * 1_024
export const CHUNK_BYTES = 256 * 1_024
/** The last page is there to be read beyond. */
const PAGES = (CHUNK + CHUNK_BYTES) / 65_536 + 1

let made: Kernel | false | undefined

/** The kernel of this process, with memory for one file at a time; undefined where it can't be had. */
export const kernel = (): Kernel | undefined => {
  made ??= make() ?? false
  return made || undefined
}

const make = (): Kernel | undefined => {
  try {
    const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES })
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program()), { host: { memory } })
    return {
      memory: Buffer.from(memory.buffer),
      find: exports['find'] as Kernel['find'],
      findPair: exports['findPair'] as Kernel['findPair']
    }
  } catch {
    return undefined
  }
}

// Opcodes of the WebAssembly core specification 2.0, and relaxed_swizzle of 3.0: with indices below 16 it is plain.
const I32 = 0x7f
const V128 = 0x7b
const NONE = 0x40
const LOOP = 0x03
const IF = 0x04
const END = 0x0b
const BRANCH = 0x0c
const RETURN = 0x0f
const SELECT = 0x1b
const I32_LESS = 0x49
const I32_NOT_LESS = 0x4f
const I32_TRAILING_ZEROS = 0x68
const I32_ADD = 0x6a
const LOAD = 0x00
const LOAD_EVERYWHERE = 0x07
const CONSTANT = 0x0c
const EQUAL = 0x23
const NOT_EQUAL = 0x24
const AND = 0x4e
const OR = 0x50
const ANY = 0x53
const BITMASK = 0x64
const SHIFT_RIGHT_16 = 0x8d
const SWIZZLE = 0x100

/** LEB128 without sign. */
const number = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...number(value >>> 7)]
const i32 = (value: number): number[] => [0x41, value & 0x7f]
const simd = (opcode: number, ...immediate: number[]): number[] => [0xfd, ...number(opcode), ...immediate]
const load = (offset: number): number[] => simd(LOAD, 0, ...number(offset))
const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const tee = (local: number): number[] => [0x22, local]

/** Locals: the two parameters, then vectors. `ZERO` is never written. */
const [AT, STOP, BYTES, HALF, FOUND, ZERO, FIRST_TABLE] = [0, 1, 2, 3, 4, 5, 6] as const
const VECTORS = 4 + 2 * WINDOW
const low = (place: number): number => FIRST_TABLE + 2 * place
const high = (place: number): number => low(place) + 1

/** The windows that the byte at a place allows. */
const allowed = (place: number): number[] => [
  ...[
    ...get(low(place)),
    ...get(AT),
    ...load(place),
    ...tee(BYTES),
    ...get(HALF),
    ...simd(AND),
    ...simd(SWIZZLE)
  ],
  ...[...get(high(place)), ...get(BYTES), ...i32(4), ...simd(SHIFT_RIGHT_16), ...get(HALF), ...simd(AND)],
  ...[...simd(SWIZZLE), ...simd(AND)]
]

const find = (): number[] => [
  ...Array.from({ length: 2 * WINDOW }, (_, i) => [
    ...i32(0),
    ...load(TABLES + 16 * i),
    ...set(FIRST_TABLE + i)
  ]).flat(),
  ...[...simd(CONSTANT, ...Array<number>(16).fill(0x0f)), ...set(HALF)],
  ...[LOOP, NONE],
  ...[...get(AT), ...get(STOP), I32_NOT_LESS, IF, NONE, ...i32(-1), RETURN, END],
  ...[...allowed(0), ...allowed(1), ...simd(AND), ...allowed(2), ...simd(AND), ...tee(FOUND)],
  ...[...simd(ANY), IF, NONE],
  ...[...get(FOUND), ...get(ZERO), ...simd(NOT_EQUAL), ...simd(BITMASK), I32_TRAILING_ZEROS],
  ...[...get(AT), I32_ADD, ...tee(AT), ...i32(-1), ...get(AT), ...get(STOP), I32_LESS, SELECT, RETURN, END],
  ...[...get(AT), ...i32(16), I32_ADD, ...set(AT), BRANCH, 0, END],
  ...[...i32(-1), END]
]

/** Of the pair: the three parameters, where the second byte is looked for, and vectors. */
const [FAR, SECOND, FIRST_BITS, FIRST_BYTE, SECOND_BITS, SECOND_BYTE, PAIRED] = [2, 3, 4, 5, 6, 7, 8] as const
const PAIR_VECTORS = 5
const LANES = 16
const STRIDE = 4 * LANES
/** 64 as a constant has a second byte, or it would be a negative number. */
const stride = [0x41, 0x80 | STRIDE, 0]

/** Of the 16 places from an offset on, those where both bytes stand. */
const paired = (offset: number): number[] => [
  ...[...get(AT), ...load(offset), ...get(FIRST_BITS), ...simd(OR), ...get(FIRST_BYTE), ...simd(EQUAL)],
  ...[...get(SECOND), ...load(offset), ...get(SECOND_BITS), ...simd(OR), ...get(SECOND_BYTE)],
  ...[...simd(EQUAL), ...simd(AND)]
]

const findPair = (): number[] => [
  ...[FIRST_BITS, FIRST_BYTE, SECOND_BITS, SECOND_BYTE].flatMap((local, i) => [
    ...i32(0),
    ...simd(LOAD_EVERYWHERE, 0, ...number(PAIR + i)),
    ...set(local)
  ]),
  ...[...get(AT), ...get(FAR), I32_ADD, ...set(SECOND)],
  ...[LOOP, NONE],
  ...[...get(AT), ...get(STOP), I32_NOT_LESS, IF, NONE, ...i32(-1), RETURN, END],
  ...[...paired(0), ...paired(LANES), ...simd(OR), ...paired(2 * LANES), ...simd(OR)],
  ...[...paired(3 * LANES), ...simd(OR), ...simd(ANY), IF, NONE],
  ...Array.from({ length: 4 }, (_, i) => [
    ...[...paired(i * LANES), ...tee(PAIRED), ...simd(ANY), IF, NONE],
    ...[...get(PAIRED), ...simd(BITMASK), I32_TRAILING_ZEROS, ...i32(i * LANES), I32_ADD],
    ...[...get(AT), I32_ADD, ...tee(AT), ...i32(-1), ...get(AT), ...get(STOP), I32_LESS, SELECT, RETURN, END]
  ]).flat(),
  END,
  ...[...get(AT), ...stride, I32_ADD, ...set(AT), ...get(SECOND), ...stride, I32_ADD, ...set(SECOND)],
  ...[BRANCH, 0, END],
  ...[...i32(-1), END]
]

const section = (id: number, bytes: number[]): number[] => [id, ...number(bytes.length), ...bytes]
const text = (value: string): number[] => [value.length, ...Buffer.from(value)]

/** The module: one imported memory, two functions, (i32, i32) → i32 and (i32, i32, i32) → i32. */
const program = (): Uint8Array<ArrayBuffer> => {
  const one = [1, VECTORS, V128, ...find()]
  const other = [2, 1, I32, PAIR_VECTORS, V128, ...findPair()]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [2, 0x60, 2, I32, I32, 1, I32, 0x60, 3, I32, I32, I32, 1, I32]),
    ...section(2, [1, ...text('host'), ...text('memory'), 2, 1, PAGES, PAGES]),
    ...section(3, [2, 0, 1]),
    ...section(7, [2, ...text('find'), 0, 0, ...text('findPair'), 0, 1]),
    ...section(10, [2, ...number(one.length), ...one, ...number(other.length), ...other])
  ])
}
