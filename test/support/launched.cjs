'use strict'
require('../../src/cli/launch.cjs').launch('test/support/launched', process.argv.slice(2))
