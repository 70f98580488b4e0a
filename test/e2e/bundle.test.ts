import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { build } from 'esbuild'

/** The agent stays bundleable into one CommonJS file that answers, fenced child included: the single executable is built from such a bundle. */
const root = join(import.meta.dirname, '../..')
const cache = join(root, 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
// Below node_modules, so that the native parts beside the bundle are found; the executable carries them as assets.
const directory = mkdtempSync(join(cache, 'gumshoe-bundle-'))
after(() => rmSync(directory, { recursive: true, force: true }))

test('the bundle of the agent answers local file', { timeout: 60_000 }, async () => {
  const outfile = join(directory, 'agent.cjs')
  const result = await build({
    stdin: {
      contents:
        "import { main } from './agent/main.ts'\nmain(process.argv.slice(2)).then(status => process.exit(status))",
      resolveDir: root,
      loader: 'ts'
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    minify: true,
    logLevel: 'silent',
    external: ['koffi', 'classic-level'],
    define: { 'import.meta.url': '__imu' },
    banner: { js: "const __imu=require('node:url').pathToFileURL(process.execPath).href;" }
  })
  assert.deepEqual(
    result.warnings.map(({ text }) => text),
    []
  )
  const asked = spawnSync(
    process.execPath,
    [outfile, 'local', 'file', '--path', '/etc', '--name', '^passwd$', '--json'],
    { encoding: 'utf8', env: {} }
  )
  assert.equal(asked.status, 0, asked.stderr)
  const lines = asked.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  assert.ok(
    lines.some(line => line.type === 'row' && line.path.t === '/etc/passwd'),
    asked.stdout
  )
  assert.equal(lines.at(-1).state, 'done')
})
