import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants, Script } from 'node:vm'

/**
 * node agent/build/compile.ts PART: loads all of a program's part in the current directory, and writes what V8 has compiled
 * of PART.cjs by then to PART.cache. By itself V8 compiles what stands outside of functions, and they hold almost
 * everything.
 */
const require = createRequire(import.meta.url)

/** Native parts are loaded, too, from the files that become assets. */
const sea = {
  isSea: () => false,
  getRawAsset: (name: string) => readFileSync(name),
  getAsset: (name: string) => readFileSync(name, 'utf8')
}
const compile = async (part: string): Promise<void> => {
  const script = new Script(readFileSync(`${part}.cjs`, 'latin1'), {
    filename: `${part}.cjs`,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
  })
  const program = { exports: {} as { loadAll(): Promise<unknown> } }
  script.runInThisContext()((name: string) => (name === 'node:sea' ? sea : require(name)), program)
  await program.exports.loadAll()
  writeFileSync(`${part}.cache`, script.createCachedData())
}

// What was loaded may hold the process, and has nothing to do.
compile(process.argv[2]!).then(
  () => process.exit(0),
  error => {
    console.error(error)
    process.exit(1)
  }
)
