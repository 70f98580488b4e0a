'use strict'
// `npm start`: installs what is missing, then runs the tour under the Node that the project brings along.
// CommonJS and nothing but builtins, because it runs before anything is installed, on Node 20.
const { spawnSync } = require('node:child_process')
const { existsSync, readFileSync } = require('node:fs')
const { join, resolve } = require('node:path')

const root = resolve(__dirname, '../..')

/** True where node_modules holds just what the lockfile asks for: npm keeps its own copy of it there. */
function installed() {
  const kept = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(kept)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const have = JSON.parse(readFileSync(kept, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || have[path]?.version === entry.version
  )
}

if (!installed()) {
  console.error('Installing what is missing (once; about a minute) …')
  const result = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit']
  })
  if (result.status !== 0) {
    console.error('npm ci failed: see the lines above. Nothing was started.')
    process.exit(8)
  }
}
require('../../src/cli/launch.cjs').launch('console/tour/main', process.argv.slice(2))
