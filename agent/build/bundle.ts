import { dirname, join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import type { Program } from '../../src/cli/home.ts'

export interface Bundle {
  readonly code: Uint8Array
  /** Every file that it holds code of, from the root of the checkout. */
  readonly inputs: readonly string[]
}

export const MAINS: Readonly<Record<Program, string>> = {
  gumshoe: './console/main.ts',
  'gumshoe-agent': './agent/main.ts',
  'gumshoe-bootstrap': './bootstrap-nodes/main.ts'
}

/** Begins the program. What is printed to a pipe must be taken before the process ends. */
const BEGIN = `
const taken = stream => new Promise(done => stream.write('', done))
module.exports.main(process.argv.slice(2)).then(
  status => Promise.all([taken(process.stdout), taken(process.stderr)]).then(() => process.exit(status)),
  error => { console.error(error); process.exit(1) }
)`

/** Native parts come out of the executable; what looks for them beside the code would find nothing. */
const addons = (root: string): Plugin => ({
  name: 'addons',
  setup: ({ onResolve, onLoad }) => {
    const load = (name: string) => ({
      contents: `module.exports = require('./src/run/addon.ts').loadAddon('${name}')`,
      resolveDir: root
    })
    onResolve({ filter: /^koffi$/ }, () => ({ path: 'koffi', namespace: 'addon' }))
    onLoad({ filter: /^koffi$/, namespace: 'addon' }, () => load('koffi.node'))
    onLoad({ filter: /classic-level[/\\]binding\.js$/ }, () => load('classic-level.node'))
  }
})

/** What zod would say in fifty languages, and what every child would load: we say it in our own words, or in English. */
const languages: Plugin = {
  name: 'languages',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js'",
      resolveDir: dirname(path)
    }))
}

/** A program as one CommonJS file, which is all that a single executable of Node 24 takes. */
export const bundle = async (
  root: string,
  program: Program,
  plugins: readonly Plugin[] = []
): Promise<Bundle> => {
  const { outputFiles, metafile } = await build({
    entryPoints: [MAINS[program]],
    absWorkingDir: root,
    outfile: join(root, 'dist', `${program}.cjs`),
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minify: true,
    logLevel: 'warning',
    plugins: [addons(root), languages, ...plugins],
    define: { 'import.meta.url': '__imu', 'import.meta.dirname': '__imd' },
    banner: {
      js: "const __imu=require('node:url').pathToFileURL(process.execPath).href,__imd=require('node:path').dirname(process.execPath);"
    },
    footer: { js: BEGIN }
  })
  return { code: outputFiles[0]!.contents, inputs: Object.keys(metafile.inputs).sort() }
}
