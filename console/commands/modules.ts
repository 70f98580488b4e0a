import type { CommandModule } from 'yargs'
import { makeOutput, type Output, paint } from '../../src/cli/out.ts'
import { fold } from '../../src/cli/table.ts'
import { RISKS, type Risk } from '../../src/documents/vocabulary.ts'
import { MODULES } from '../../src/modules/index.ts'
import { moduleId } from '../../src/modules/spec.ts'

/** `gumshoe modules` */
export const command: CommandModule<{ home: string }, { home: string; json?: boolean }> = {
  command: 'modules',
  describe: 'What can be asked',
  builder: yargs =>
    yargs.option('json', { type: 'boolean', describe: 'JSON Lines' }).example('$0 modules', ''),
  handler: ({ json }) => {
    const output = makeOutput({ json })
    for (const spec of MODULES)
      if (output.json)
        output.record({
          type: 'module',
          id: moduleId(spec),
          sentence: spec.sentence,
          risk: spec.risk,
          platforms: spec.platforms,
          columns: spec.columns
        })
    if (!output.json && Number.isFinite(output.width)) showGrouped(output)
    else if (!output.json)
      output.table(
        ['module', 'risk', 'asks'],
        MODULES.map(spec => [moduleId(spec), spec.risk, spec.sentence])
      )
    output.status('gumshoe help MODULE shows its flags; gumshoe local MODULE … tries it here.')
  }
}

const MEANS: Record<Risk, string> = {
  inspect: 'looks; changes nothing',
  sensitive: 'looks at what is nearest to a secret; dearer',
  respond: 'changes something on the host; dearest'
}

/** On a terminal: by what it costs to ask, each with its sentence whole, however narrow the window is. */
const showGrouped = (output: Output): void => {
  const width = Math.max(...MODULES.map(spec => moduleId(spec).length)) + 2
  for (const risk of RISKS) {
    const those = MODULES.filter(spec => spec.risk === risk)
    if (those.length === 0) continue
    output.line(paint(output, 'bold', `${risk}: ${MEANS[risk]}`))
    for (const spec of those) {
      const alone = spec.platforms.length === 1 ? ` (${spec.platforms[0]} only)` : ''
      const [first = '', ...more] = fold(
        `${moduleId(spec).padEnd(width)}${spec.sentence}${alone}`,
        output.width - 2,
        width
      )
      output.line(`  ${first.replace(moduleId(spec), paint(output, 'cyan', moduleId(spec)))}`)
      for (const line of more) output.line(`  ${line}`)
    }
  }
}
