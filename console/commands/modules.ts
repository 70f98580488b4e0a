import type { CommandModule } from 'yargs'
import { makeOutput } from '../../src/cli/out.ts'
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
    if (!output.json)
      output.table(
        ['module', 'risk', 'asks'],
        MODULES.map(spec => [moduleId(spec), spec.risk, spec.sentence])
      )
    output.status('gumshoe help MODULE shows its flags; gumshoe local MODULE … tries it here.')
  }
}
