import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initScript, openrcScript, systemdUnit } from '../../../agent/install/files.ts'

const words = { argv: ['run', '--home', '/var/lib/gumshoe-agent'], home: '/var/lib/gumshoe-agent' }

test('no init starts an agent again and again whose host is revoked', () => {
  assert.match(systemdUnit(words), /^RestartPreventExitStatus=2 4$/m)
  assert.doesNotMatch(systemdUnit(words), /--stay/)
  // supervise-daemon looks at no status: the agent says why, and waits to be stopped.
  assert.match(openrcScript(words, '/usr/bin/setpriv'), / run --home \S+ --stay"$/m)
  assert.match(openrcScript(words, '/usr/bin/setpriv'), /^supervisor=supervise-daemon$/m)
  // Nobody starts it again.
  assert.doesNotMatch(initScript(words, '/usr/bin/setpriv'), /--stay/)
})
