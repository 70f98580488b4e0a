import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import type { Section } from './modules/section.ts'
import { programOf } from './program.ts'

/** One section a module: what it costs beside the tool that a person would type. Names after `modules` pick some. */
const SECTIONS: Readonly<Record<string, () => Promise<Section>>> = {
  defaults: async () => (await import('./modules/defaults.ts')).defaults,
  memory: async () => (await import('./modules/memory.ts')).memory,
  netstat: async () => (await import('./modules/netstat.ts')).netstat,
  package: async () => (await import('./modules/package.ts')).packages,
  process: async () => (await import('./modules/process.ts')).process,
  yara: async () => (await import('./modules/yara.ts')).yara
}

export const modules: Bench = {
  name: 'modules',
  sentence:
    'Each module behind its fence beside the tool for it, from the start of the process to its last word.',
  run: async function* ({ rounds, rest }) {
    const home = mkdtempSync(join(tmpdir(), 'gumshoe-bench-'))
    try {
      const program = await programOf(rest, home)
      const picked = Object.keys(SECTIONS).filter(name => rest.includes(name))
      for (const name of picked.length > 0 ? picked : Object.keys(SECTIONS))
        yield* (await SECTIONS[name]!())({ program, rounds, home })
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  }
}
