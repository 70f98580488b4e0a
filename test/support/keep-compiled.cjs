'use strict'
// Most of a small test file's time goes into stripping types from, and compiling, the same sources as in every other one.
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')

enableCompileCache(join(__dirname, '../../node_modules/.cache/gumshoe-tests'))
