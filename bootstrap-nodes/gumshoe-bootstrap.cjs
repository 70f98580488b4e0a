#!/usr/bin/env node
'use strict'
require('../src/cli/launch.cjs').launch('bootstrap-nodes/main', process.argv.slice(2))
