import { encodeJson } from '../../src/codec.ts'
import { type Action, REVEAL } from '../../src/documents/action.ts'
import type { Charter } from '../../src/documents/charter.ts'
import type { Note } from '../../src/trust/note.ts'
import { revealLines } from '../views/say-reveal.ts'

/** What an operation asks, in one line; undefined where this program doesn't know the module. */
export type Say = (module: string, params: unknown) => string | undefined

/** Nothing stays invisible: controls, direction marks and unassigned characters as \u{…}. */
const visible = (words: string): string =>
  words.replace(
    /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu,
    char => `\\u{${char.codePointAt(0)!.toString(16)}}`
  )

const text = (value: unknown): string => visible(new TextDecoder().decode(encodeJson(value)))

/**
 * An action in words for a co-signer: every field that has an effect. Texts are harmless by their form (textForm); the
 * parameters are shown as canonical JSON, with what is invisible escaped.
 */
export const describeAction = (
  action: Action,
  id: string,
  note: Note | undefined,
  say: Say,
  persons: Charter['persons'] = []
): string[] => [
  `action ${id}`,
  ...action.operations.flatMap(({ id: op, module, params, condition }) => {
    const words = say(module, params)
    const asked =
      module === REVEAL
        ? revealLines(params)
        : [...(words === undefined ? [] : [visible(words)]), text(params)]
    return [
      `  ${op}  ${module}${condition ? `  if this host ${condition.when} ${'op' in condition ? condition.op : condition.action.slice(0, 16)}` : ''}`,
      ...asked.map(line => `      ${line}`)
    ]
  }),
  `  target      ${action.target}`,
  `  leaves      ${LEAVES[action.disclosure]}`,
  `  open        ${action.validFrom} to ${action.expires}`,
  `  ceiling     ${action.ceilingPpm / 10_000} % of the hosts`,
  ...(action.widens === undefined ? [] : [`  widens      ${action.widens}`]),
  ...(Object.keys(action.limits).length === 0 ? [] : [`  limits      ${text(action.limits)}`]),
  ...action.readers.map((reader, i) => {
    const name = persons.find(({ keys }) => keys.some(({ fingerprint }) => fingerprint === reader))?.name
    return `  ${i === 0 ? 'readers' : '       '}     ${reader.toUpperCase()}${name === undefined ? '' : `  ${name}`}`
  }),
  ...(action.purpose === undefined ? [] : [`  purpose     ${action.purpose}`]),
  ...Object.entries(note ?? {}).map(([name, words]) => `  ${name.padEnd(11)} ${words}   (sealed)`)
]

const LEAVES = {
  match: 'match: yes or no, and counts',
  hashed: 'hashed: private values only as commitments',
  clear: 'CLEAR: the values themselves'
} as const
