import { dirname, join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import type { Program } from '../../src/cli/home.ts'

export interface Bundle {
  readonly code: Uint8Array
  /** Every file that it holds code of, from the root of the checkout. */
  readonly inputs: readonly string[]
}

/** What a program is started with, and what it loads only where that is needed. */
interface Entry {
  readonly main: string
  readonly later: readonly string[]
}

export const ENTRIES: Readonly<Record<Program, Entry>> = {
  gumshoe: {
    main: "export { main } from './console/main.ts'",
    later: ['./console/prompt/prompt.ts', './src/mesh/node.ts', 'openpgp']
  },
  'gumshoe-agent': {
    main: "export { main } from './agent/main.ts'",
    later: ['./agent/program.ts', './agent/agent.ts', 'openpgp']
  },
  'gumshoe-bootstrap': {
    main: "export { main } from './bootstrap-nodes/main.ts'",
    later: ['./bootstrap-nodes/node.ts', 'openpgp']
  }
}

/** What a module's fence and child need, apart from their program: every question starts both. */
export const ROLE: Entry = {
  main: "export { main } from './src/run/roles.ts'",
  later: ['./src/run/fence.ts', './src/run/child.ts', './src/modules/index.ts']
}

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

/** A program as one function of CommonJS; `loadAll` loads what it would load later, so that it can be compiled with the rest. */
export const bundle = async (
  root: string,
  { main, later }: Entry,
  plugins: readonly Plugin[] = []
): Promise<Bundle> => {
  const lazily = 'import'
  const loads = later.map(name => `${lazily}(${JSON.stringify(name)})`)
  const { outputFiles, metafile } = await build({
    stdin: { contents: `${main}\nexport const loadAll = () => Promise.all([${loads}])`, resolveDir: root },
    absWorkingDir: root,
    outfile: join(root, 'dist', 'program.cjs'),
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
      js: "(function(require,module){const __imu=require('node:url').pathToFileURL(process.execPath).href,__imd=require('node:path').dirname(process.execPath);"
    },
    footer: { js: '})' }
  })
  const inputs = Object.keys(metafile.inputs).filter(input => input !== '<stdin>')
  return { code: outputFiles[0]!.contents, inputs: inputs.sort() }
}
