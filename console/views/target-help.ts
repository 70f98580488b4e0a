import { FACT_NAMES } from '../../src/documents/facts.ts'

/** The grammar of targets on one screen; docs/target.md has the rest. */
export const targetHelp = (): string[] => {
  const facts = Object.entries(FACT_NAMES)
  const width = Math.max(...facts.map(([name]) => name.length))
  return [
    'A target says which hosts a question is for; every agent judges all of it itself.',
    '',
    '  -t all                                    everyone, written out',
    '  -t role=web                               by tag: decided by enrolment',
    "  -t 'role in (web, api) and not env=dev'   and, or, not, in, brackets",
    `  -t 'hostname~"web-*" or ip in 10.0.0.0/8' by fact: the host's own word`,
    "  -t 'role=web and found(a17)'              who found something, or answered(a17)",
    '',
    'A bare name is a tag, except these facts:',
    ...facts.map(
      ([name, { doc, example }]) =>
        `  ${name.padEnd(width)}  ${doc}; ${example.length < 40 ? example : `${example.slice(0, 30)}…)`}`
    ),
    '',
    'Operators: = != in ~ (glob: * and ?), and < <= > >= for versions. A comparison with a missing value is false:',
    'role!=web wants another role; not role=web also means hosts without one. Put targets into single quotes.'
  ]
}
