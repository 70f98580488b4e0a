import type { CommandModule } from 'yargs'
import { count } from '../../src/cli/count.ts'
import { safeText } from '../../src/cli/safe-text.ts'
import { parseTarget } from '../../src/documents/target/parse.ts'
import { EXIT } from '../../src/errors.ts'
import { AWAY_MS, matching } from '../answers/hosts.ts'
import { nobodyMatches } from '../ask/nobody.ts'
import { hostsOf } from '../ask/reach.ts'
import { span } from '../views/words.ts'
import { inMesh, type MeshArgs, meshOptions } from './common.ts'

interface AgentsArgs extends MeshArgs {
  target: string
}

/** `gumshoe agents` */
export const command: CommandModule<MeshArgs, AgentsArgs> = {
  command: 'agents',
  aliases: ['hosts'],
  describe: 'Who there is: tags (decided by enrolment) and facts (the host’s own word) told apart',
  builder: yargs =>
    meshOptions(yargs)
      .option('target', {
        alias: 't',
        type: 'string',
        default: 'all',
        describe: 'Only these hosts',
        requiresArg: true
      })
      .example('$0 agents', 'Everyone')
      .example('$0 agents -t "role=web and not env=dev"', 'By tag'),
  handler: args => {
    const target = parseTarget(args.target)
    return inMesh(args, {}, async (connected, output) => {
      const all = await hostsOf(connected)
      const hosts = matching(all, target)
      const now = connected.context.clock.now()
      if (hosts.length === 0) throw nobodyMatches(all)
      if (output.json) {
        for (const host of hosts)
          output.record({
            type: 'host',
            host: { id: host.peer, name: host.name },
            tags: host.tags,
            grant: host.grant,
            facts: host.facts ?? null,
            connected: host.connected,
            presence: host.state,
            charter: host.charter,
            version: host.version,
            doubled: host.doubled,
            cloned: host.clonedAt !== undefined,
            seen: new Date(host.time).toISOString()
          })
        return EXIT.complete
      }
      output.table(
        ['host', 'state', 'tags (enrolled)', 'os (its word)', 'seen', 'notes', 'grant', 'id'],
        hosts.map(host => [
          host.name,
          host.connected ? 'connected' : 'away',
          host.tags.join(' '),
          safeText(
            [host.facts?.distribution ?? host.facts?.os ?? '?', host.facts?.distributionVersion ?? '']
              .join(' ')
              .trim()
          ),
          `${span(now - host.time)} ago`,
          [
            host.clonedAt === undefined ? '' : 'CLONED',
            host.doubled ? 'DOUBLE NAME' : '',
            host.state === 'rolled-back' ? 'ROLLED BACK' : '',
            host.facts?.rooted ? 'root dir' : '',
            host.facts && !host.facts.privileged ? 'limited rights' : ''
          ]
            .filter(Boolean)
            .join(', '),
          host.grant.slice(0, 8),
          host.peer.slice(-8)
        ])
      )
      output.status(
        `${count(hosts.length, 'host')}: ${hosts.filter(host => host.connected).length} connected, ${hosts.filter(host => !host.connected).length} away. Connected: heard of within ${span(AWAY_MS)}, and not gone from all bootstrap nodes since. Tags come from enrolment; facts are the host's own word.`
      )
      return EXIT.complete
    })
  }
}
