#!/usr/bin/env node
'use strict'
require('../src/cli/launch.cjs').launch('agent/main', process.argv.slice(2))
