#!/usr/bin/env node
'use strict'
require('../src/cli/launch.cjs').launch('console/main', process.argv.slice(2))
