import { startAgent } from '../../../agent/agent.ts'
import { openHome } from '../../../agent/home.ts'
import type { RunningAgent } from '../../../agent/init.ts'
import { systemClock } from '../../../src/clock.ts'
import { runHere } from './run-here.ts'
import { inTurns, staysUntilTold, wordsOf } from './worker.ts'

/** Many agents in one process, each with its own home, keys, store and connections. Arguments: root, then homes. */
const [root, ...homes] = process.argv.slice(2) as [string, ...string[]]
const running: RunningAgent[] = []
const settings = { modulesOff: [], disclosuresOff: [], limits: {} }

await inTurns(homes, async home => {
  const { agent, chain } = await openHome(home, root, systemClock.now())
  running.push(
    await startAgent({
      home,
      root,
      listen: [],
      announce: [],
      agent,
      chain,
      settings,
      fence: 'none',
      clock: systemClock,
      log: () => undefined,
      run: runHere
    })
  )
})
await wordsOf(() =>
  running.every(({ mesh }) => mesh.members().filter(({ role }) => role === 'node').length >= 2)
)
await staysUntilTold()
await Promise.all(running.map(agent => agent.stop()))
