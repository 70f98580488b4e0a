import { z } from 'zod'
import { LIMITS } from '../../../limits.ts'
import type { Flag } from '../../spec.ts'
import { whole } from '../files/search-flags.ts'
import { checked, compact, strings } from '../flags.ts'
import { MEMORY_FLAGS, pidOf } from '../memory/memory-flags.ts'
import { type MemorySearch, memorySearch } from '../memory/memory-params.ts'
import { memoryLiterals, whichProcesses } from '../memory/say-memory.ts'
import { compileProcess } from '../processes/process-checks.ts'
import { type CheckRules, RULE_FLAGS, rulesForm, rulesFromFlags, sayRules } from './yara-sources.ts'

/** The parameters of `yaramem/1`: which processes, as in `memory/1`, and rules as in `yara/1`. */

const whichSchema = memorySearch.pick({
  names: true,
  paths: true,
  cmdlines: true,
  users: true,
  pids: true,
  libraries: true
})

export const yaramemParams = z.strictObject({
  rules: rulesForm,
  /** All of these hold; without any, every process. */
  which: whichSchema.optional(),
  /** How many places of each rule are told, a row each. */
  places: z.int().min(1).max(LIMITS.memoryPlaces).optional()
})
export type YaramemParams = z.infer<typeof yaramemParams>

const WHICH = ['name', 'path', 'cmdline', 'user', 'pid', 'library'] as const

export const YARAMEM_FLAGS: Record<string, Flag> = {
  ...RULE_FLAGS,
  ...Object.fromEntries(WHICH.map(name => [name, MEMORY_FLAGS[name]!])),
  places: {
    type: 'number',
    doc: 'Tell the places of so many stretches of memory that a rule holds for, a row each; 1 otherwise',
    group: 'How'
  }
}

/** Typed flags → parameters, with the rules compiled once here. Throws `bad-params` naming the flag, or the rule and its line. */
export const yaramemFromFlags = (flags: Record<string, unknown>, check?: CheckRules): YaramemParams => {
  const rules = rulesFromFlags(flags, check)
  const which = compact({
    names: strings(flags, 'name'),
    paths: strings(flags, 'path'),
    cmdlines: strings(flags, 'cmdline'),
    users: strings(flags, 'user'),
    pids: strings(flags, 'pid')?.map(pidOf),
    libraries: strings(flags, 'library')
  })
  const params = checked(
    yaramemParams,
    compact({
      rules,
      which: Object.keys(which).length > 0 ? which : undefined,
      places: whole(flags, 'places')
    }),
    {}
  )
  // What is no regular expression is said here, not by a thousand hosts.
  const { pids: _, ...checks } = params.which ?? {}
  compileProcess(checks, { user: String, group: String })
  return params
}

const asSearch = ({ which }: YaramemParams): MemorySearch => ({ label: 'yaramem', ...which })

export const sayYaramem = (params: YaramemParams): string => {
  const { rules, places } = params
  const more = places === undefined ? '' : `, ${places} places of each`
  return `${sayRules(rules)} on the memory of ${whichProcesses(asSearch(params))}${more}. Reads only; returns counts and places, never what is there.`
}

export const yaramemLiterals = (params: YaramemParams): string[] =>
  memoryLiterals({ searches: [asSearch(params)] })
