/**
 * How a single executable begins: it takes the part that is asked for with the code that V8 compiled of it, and calls its
 * main. What is printed to a pipe must be taken before the process ends.
 */
export const BEGIN = `
const { getAssetKeys, getRawAsset } = require('node:sea')
const { constants, Script } = require('node:vm')
const assets = getAssetKeys()
const part = ['fence', 'child'].includes(process.argv[2]) && assets.includes('role.cjs') ? 'role' : 'program'
const bytes = name => Buffer.from(getRawAsset(name))
const script = new Script(bytes(part + '.cjs').latin1Slice(), {
  filename: part + '.cjs',
  cachedData: assets.includes(part + '.cache') ? bytes(part + '.cache') : undefined,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
})
if (script.cachedDataRejected) process.emitWarning('Code cache data rejected.')
const program = { exports: {} }
const taken = stream => new Promise(done => stream.write('', done))
script.runInThisContext()(require, program)
program.exports.main(process.argv.slice(2)).then(
  status => Promise.all([taken(process.stdout), taken(process.stderr)]).then(() => process.exit(status)),
  error => { console.error(error); process.exit(1) }
)`
