import type { CommandModule } from 'yargs'
import { ACTION_KINDS } from '../../src/documents/action.ts'
import { parseTarget } from '../../src/documents/target/parse.ts'
import { GumshoeError } from '../../src/errors.ts'
import { actionOf } from '../answers/case-file.ts'
import { chainOf } from '../answers/chain-of.ts'
import { collectAll } from '../answers/feed.ts'
import { knownHosts, matching } from '../answers/hosts.ts'
import { openCase } from '../answers/standing.ts'
import { followAndShow } from '../ask/ask.ts'
import type { Connected } from '../connect.ts'
import { History, type HistoryRecord } from '../history.ts'
import { shownCase } from '../shown-case.ts'
import { hostNamed, showHost } from '../views/host.ts'
import { showHosts } from '../views/hosts.ts'
import { statusOf } from '../views/result.ts'
import { showResult } from '../views/result-screen.ts'
import { EXIT_FOUND, type FollowArgs, followOptions, inMesh, meshOptions, waitOf } from './common.ts'

interface NamedArgs extends FollowArgs {
  action: string
  host?: string
  hosts?: boolean
}

/** Throws `not-found` for what names no action, before the mesh is asked, and a passphrase. */
export const mayBeAction = (home: string, named: string): void => {
  const history = new History(home)
  // `actions` prints the first digits of what others asked.
  if (history.find(named) === undefined && !/^[0-9a-f]{8,64}$/.test(named)) history.resolve(named)
}

/** The record of an action: ours, or made from what the nodes have, for one that another person asked. */
export const recordOf = async (connected: Connected, named: string): Promise<HistoryRecord> => {
  const { home } = connected.context
  const history = new History(home)
  const known = history.find(named)
  if (known) return known
  mayBeAction(home, named)
  const items = await collectAll(connected, { kinds: ACTION_KINDS })
  const item = items.find(entry => entry.id.startsWith(named))
  if (item === undefined) throw new GumshoeError('not-found', `No node has the action ${named.slice(0, 16)}.`)
  const { id } = item
  const hosts = matching(await knownHosts(connected), parseTarget(actionOf(item.parcel.envelope).target))
  return history.keep({
    id,
    at: connected.context.clock.now(),
    envelope: item.parcel.envelope,
    targeted: hosts.map(({ peer }) => peer),
    names: Object.fromEntries(hosts.map(({ peer, name }) => [peer, name]))
  })
}

/** `gumshoe show` */
export const show: CommandModule<FollowArgs, NamedArgs> = {
  command: 'show <action> [host]',
  describe: 'The exact end state and verdict of every targeted host, or everything about one host',
  builder: yargs =>
    meshOptions(yargs)
      .positional('action', { type: 'string', demandOption: true, describe: 'a17, or an id' })
      .positional('host', { type: 'string', describe: 'A host by name, peer id or the end of one' })
      .option('hosts', { type: 'boolean', describe: 'Every host in a line of its own' })
      .option('exit-found', EXIT_FOUND)
      .example('$0 show a17', 'All of it')
      .example('$0 show a17 --hosts', 'Every host by its state')
      .example('$0 show a17 web-07', 'One host, with its chain of answers'),
  handler: args => {
    mayBeAction(args.home, args.action)
    return inMesh(args, {}, async (connected, output) => {
      const record = await recordOf(connected, args.action)
      const open = await openCase(connected, record.id, record)
      const result = shownCase(connected, open, record)
      if (args.host !== undefined) {
        const host = hostNamed(result, args.host)
        const known = open.hosts.find(({ peer }) => peer === host.peer)
        showHost(result, host, await chainOf(connected, host.peer, known), output)
      } else if (args.hosts && !output.json) showHosts(result, output)
      else showResult(result, output)
      return statusOf(result, args.exitFound === true)
    })
  }
}

/** `gumshoe follow` */
export const follow: CommandModule<FollowArgs, NamedArgs> = {
  command: 'follow <action>',
  describe: 'Go on waiting for the answers to an action',
  builder: yargs =>
    followOptions(yargs)
      .positional('action', { type: 'string', demandOption: true, describe: 'a17, or an id' })
      .example('$0 follow a17 --wait 10m', ''),
  handler: args => {
    mayBeAction(args.home, args.action)
    return inMesh(args, { alone: true }, async (connected, output, signal) => {
      const record = await recordOf(connected, args.action)
      return followAndShow(
        connected,
        record,
        undefined,
        { waitMs: waitOf(args), signal, exitFound: args.exitFound === true },
        output
      )
    })
  }
}
