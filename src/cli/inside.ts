import { getAsset, isSea } from 'node:sea'
import { zstdDecompressSync } from 'node:zlib'
import type { Argv, CommandModule } from 'yargs'
import { GumshoeError } from '../errors.ts'
import { makeOutput, resultSink } from './out.ts'

/** Where an executable holds its bill of materials, as zstd. */
export const SBOM_ASSET = 'sbom.json.zst'

interface Sbom {
  readonly components: readonly {
    readonly name: string
    readonly version: string
    readonly licenses: readonly { readonly expression?: string; readonly license?: { readonly id: string } }[]
  }[]
}

/** `inside`: what a single executable is made of. A checkout has it in package-lock.json and node_modules. */
export const inside: CommandModule<{ home: string }, { home: string; sbom?: boolean }> = {
  command: 'inside',
  describe: 'What this executable is made of, and under which licences',
  builder: (yargs: Argv<{ home: string }>) =>
    yargs
      .option('sbom', {
        type: 'boolean',
        describe: 'The whole bill of materials with the texts of the licences, as CycloneDX JSON'
      })
      .example('$0 inside --sbom', 'For a scanner of known defects'),
  handler: ({ sbom }) => {
    if (!isSea())
      throw new GumshoeError(
        'not-found',
        'This is no single executable, which would hold its bill of materials.',
        {
          fix: 'npm sbom --sbom-format cyclonedx, in the checkout.'
        }
      )
    const text = zstdDecompressSync(new Uint8Array(getAsset(SBOM_ASSET))).toString()
    if (sbom) {
      resultSink().write(text)
      return
    }
    const { components } = JSON.parse(text) as Sbom
    makeOutput({}).table(
      ['what', 'version', 'licence'],
      components.map(({ name, version, licenses }) => [
        name,
        version,
        licenses.map(({ expression, license }) => expression ?? license?.id).join(', ')
      ])
    )
  }
}
