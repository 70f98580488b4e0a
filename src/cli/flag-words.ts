import yargs from 'yargs'
import { GumshoeError } from '../errors.ts'
import type { ModuleSpec } from '../modules/spec.ts'
import { nearest } from './nearest.ts'
import { moduleOptions } from './options.ts'
import { orMeant } from './program.ts'

/**
 * The flags of a module as they stand in one operation among several, by the same rules as on a command line of their
 * own. Throws `usage` naming the flag that is not the module's.
 */
export const parseFlagWords = (spec: ModuleSpec, words: readonly string[]): Record<string, unknown> => {
  const parser = moduleOptions(yargs().detectLocale(false).help(false).version(false), spec as never)
    .exitProcess(false)
    .strict()
    .fail((message, error) => {
      throw error && error.name !== 'YError' ? error : usageError(spec, words, message || String(error))
    })
  const { _: stray, ...args } = parser.parseSync([...words]) as Record<string, unknown> & { _: unknown[] }
  if (stray.length > 0)
    throw new GumshoeError('usage', `${spec.name}: nothing takes ${String(stray[0])}.`, {
      fix: `gumshoe help ${spec.name} lists its flags.`
    })
  return args
}

const usageError = (spec: ModuleSpec, words: readonly string[], message: string): GumshoeError => {
  const fix = `gumshoe help ${spec.name} lists its flags.`
  const names = Object.keys(spec.flags)
  const odd = words
    .map(word => /^--?([^=]+)/.exec(word)?.[1])
    .find(flag => flag !== undefined && !names.includes(flag) && !names.includes(flag.replace(/^no-/, '')))
  if (odd !== undefined && /^Unknown/.test(message))
    return new GumshoeError(
      'usage',
      `There is no flag --${odd} in ${spec.name}${orMeant(nearest(odd, names)?.replace(/^/, '--'))}`,
      { fix }
    )
  const missing = /^Not enough arguments following: (.+)/.exec(message)?.[1]
  if (missing !== undefined)
    return new GumshoeError('usage', `${spec.name} --${missing} needs a value.`, { fix })
  return new GumshoeError('usage', `${spec.name}: ${message.trim().replace(/\s*\n\s*/g, ' ')}`, { fix })
}
