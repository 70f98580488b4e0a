import { GumshoeError } from '../../../errors.ts'
import type { HostFiles } from '../host/host-files.ts'

/** JSON that runtimes have written about containers, which is as hostile as whatever runs in them. */

/** What any runtime nests, three times over. */
const DEPTH = 64
const [QUOTE, ESCAPE, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d]

/** The value of a file; undefined where there is none, or where it is no JSON, too deep or too large, which is counted. */
export const readJson = (files: HostFiles, path: string | Buffer, most: number): unknown => {
  const bytes = files.readFirst(path, most + 1)
  if (bytes === undefined) return undefined
  if (bytes.length > most) {
    files.count.skip('too-large')
    return undefined
  }
  try {
    return parseJson(bytes)
  } catch (error) {
    files.count.missed(error)
    return undefined
  }
}

/** Throws `unreadable`. */
export const parseJson = (bytes: Buffer): unknown => {
  if (isDeep(bytes)) throw new GumshoeError('unreadable', 'It is nested too deep.')
  try {
    return JSON.parse(bytes.toString()) as unknown
  } catch (cause) {
    throw new GumshoeError('unreadable', 'It is no JSON.', { cause })
  }
}

const isDeep = (bytes: Buffer): boolean => {
  let depth = 0
  let quoted = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (quoted) {
      if (byte === ESCAPE) at++
      else if (byte === QUOTE) quoted = false
    } else if (byte === QUOTE) quoted = true
    else if (byte === OPEN || byte === OPEN_LIST) {
      if (++depth > DEPTH) return true
    } else if (byte === CLOSE || byte === CLOSE_LIST) depth--
  }
  return false
}

export type JsonObject = Readonly<Record<string, unknown>>

const NONE: JsonObject = Object.freeze({})

/** An object, or an empty one for whatever else it is. */
export const objectIn = (value: unknown, ...path: readonly string[]): JsonObject => {
  let here: unknown = value
  for (const name of path) here = isObject(here) && Object.hasOwn(here, name) ? here[name] : undefined
  return isObject(here) ? here : NONE
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A member that is a text with something in it. */
export const textIn = (object: JsonObject, name: string): string | undefined => {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

export const listIn = (object: JsonObject, name: string): readonly unknown[] => {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  return Array.isArray(value) ? value : []
}

export const textsIn = (object: JsonObject, name: string): string[] =>
  listIn(object, name).filter(value => typeof value === 'string')

/** A moment as Go writes it: RFC 3339, in ms since 1970; none of the year 1, which means never. */
export const momentIn = (object: JsonObject, name: string): number | undefined => {
  const at = Date.parse(textIn(object, name) ?? '')
  return Number.isSafeInteger(at) && at >= 0 ? at : undefined
}
