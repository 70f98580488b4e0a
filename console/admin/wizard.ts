/** What the wizard asks with; an empty answer takes what stands in brackets. */
export type Ask = (question: string) => Promise<string>

export interface Answers {
  readonly name: string
  readonly admins: string[]
  readonly investigators: string[]
  readonly bootstraps: string[]
  readonly recovery: string
}

const several = async (ask: Ask, question: string): Promise<string[]> => {
  const answers: string[] = []
  for (;;) {
    const answer = (await ask(answers.length === 0 ? question : '  one more (empty: no more): ')).trim()
    if (answer === '') return answers
    answers.push(answer)
  }
}

const missing = async <T extends string | string[]>(
  given: T | undefined,
  ask: () => Promise<T>
): Promise<T> => (given === undefined || given.length === 0 ? await ask() : given)

/** Asks for what the flags of `gumshoe mesh create` left open; what is written is judged as if it had been typed as flags. */
export const askMesh = async (
  ask: Ask,
  given: Partial<Answers>,
  tell: (line: string) => void
): Promise<Answers> => {
  tell(
    'A mesh has two or three admins, who change its rules together, and investigators, who ask. A key is a file'
  )
  tell('with the public half, gpg:FINGERPRINT for one in GnuPG, or the name of a key of this home.')
  const name = await missing(
    given.name,
    async () => (await ask('Name of the mesh [mesh]: ')).trim() || 'mesh'
  )
  const admins = await missing(given.admins, () => several(ask, 'First admin, NAME=KEY: '))
  const investigators = await missing(given.investigators, () =>
    several(ask, 'First investigator, NAME=KEY (NAME:2=KEY for a senior): ')
  )
  const bootstraps = await missing(given.bootstraps, () =>
    several(ask, 'First bootstrap node, the line that gumshoe-bootstrap init printed: ')
  )
  const recovery = await missing(
    given.recovery,
    async () =>
      (
        await ask(`Where to write the recovery key, outside of this home [./${name}-recovery.key]: `)
      ).trim() || `${name}-recovery.key`
  )
  return { name, admins, investigators, bootstraps, recovery }
}
