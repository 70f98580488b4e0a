import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { readPrivate, writePrivate } from '../../src/cli/home.ts'
import { safeText } from '../../src/cli/safe-text.ts'
import { utf8Bytes } from '../../src/codec.ts'
import { GumshoeError } from '../../src/errors.ts'
import { MODULES } from '../../src/modules/index.ts'
import { parseLine } from '../prompt/words.ts'
import { type Composition, readComposition } from './composition.ts'

/** Lines that were put above what a person wrote, because it did not hold. */
const MARK = '// ! '
/** How every template begins. */
const TEMPLATE = '// Several questions in one action, signed once.'

/** The words of what is edited, and what they say. */
export interface Edited {
  readonly text: string
  readonly composition: Composition
}

export interface EditorComponents {
  /** Where the words lie while they are edited: in the console's own home, since a reason is nobody else's. */
  readonly file: string
  /** Opens a file and resolves when the person has left it. */
  readonly open: (file: string) => Promise<void>
  readonly tell: (line: string) => void
}

/**
 * Has a person write a composition in an editor, again and again until `accept` takes it: what did not hold stands at the
 * top. Undefined where a template, or what did not hold, was left as it was, or all was deleted: then nothing is asked.
 */
export const edit = async (
  begin: string,
  accept: (composition: Composition) => void,
  { file, open, tell }: EditorComponents
): Promise<Edited | undefined> => {
  let mustChange = begin.startsWith(TEMPLATE)
  for (let before = begin; ; mustChange = true) {
    writePrivate(file, utf8Bytes(before))
    await open(file)
    const text = new TextDecoder().decode(readPrivate(file) ?? new Uint8Array())
    if (text.trim() === '' || (mustChange && text === before)) return undefined
    const written = withoutMarks(text)
    try {
      const composition = await readComposition(written)
      accept(composition)
      return { text: written, composition }
    } catch (error) {
      if (!(error instanceof GumshoeError)) throw error
      tell(error.message)
      before = `${marks(error)}${written}`
    }
  }
}

const marks = ({ message, fix }: GumshoeError): string =>
  [message, fix, 'Leave the editor without a change to give up.']
    .map(line => `${MARK}${safeText(line)}\n`)
    .join('')

const withoutMarks = (text: string): string =>
  text
    .split('\n')
    .filter(line => !line.startsWith(MARK))
    .join('\n')

/** Opens a file in $VISUAL or $EDITOR, else vi. Throws `not-found` where there is none. */
export const openEditor = (file: string, environment = process.env): Promise<void> => {
  const named = environment['VISUAL'] || environment['EDITOR'] || 'vi'
  const [program = 'vi', ...words] = parseLine(named).words
  const child = spawn(program, [...words, file], { stdio: 'inherit' })
  return new Promise((done, failed) => {
    child.on('error', cause =>
      failed(
        new GumshoeError('not-found', `The editor ${named} can't be started.`, {
          cause,
          fix: 'Set $VISUAL or $EDITOR, or write the document to a file: gumshoe compose FILE.'
        })
      )
    )
    child.on('close', code =>
      code === 0
        ? done()
        : failed(new GumshoeError('usage', `The editor ended with status ${code}; nothing was asked.`))
    )
  })
}

/** What was left in the editor of before. */
export const draftIn = (file: string): string | undefined => {
  const bytes = readPrivate(file)
  return bytes === undefined ? undefined : withoutMarks(new TextDecoder().decode(bytes))
}

/** Whether something is worth keeping for the next time. */
export const isDraft = (file: string): boolean => {
  const text = draftIn(file)?.trim() ?? ''
  return text !== '' && text !== template().trim()
}

export const dropDraft = (file: string): void => rmSync(file, { force: true })

/** A composition to begin with, and all that can be said in one. */
export const template = (target = ''): string => `${TEMPLATE} Lines that begin with // say nothing.
// Save and leave: the preview comes next, nothing is sent before you have seen it. Leave it as it is: nothing is asked.
{
  // Which hosts: "role=web and not env=dev"; "all" for everyone (gumshoe help target).
  "target": ${JSON.stringify(target)},

  // "match": only verdicts. "hashed": private values as commitments. "clear": values, where the policy lets your quorum.
  "level": "hashed",

  // "title": "", "case": "INC-42", "reason": "sealed to who may read the answers",
  // "purpose": "in clear, for the owners of hosts", "expires": "24h", "ceiling": "5%", "widens": "a16",

  // They run in this order, each with a verdict of its own.
  "operations": [
    { "id": "a", "module": "file", "argv": "--path /etc/cron.d --name ." },
    // Only where a found something. found(a17) or answered(a17) name an action of before.
    { "id": "b", "module": "process", "flags": { "name": ["^xmrig$"] }, "when": "found(a)" }
  ]
}

// Modules (gumshoe help MODULE):
${MODULES.map(({ name, sentence }) => `//   ${name.padEnd(12)} ${sentence}`).join('\n')}
`
