import { setImmediate as breathe } from 'node:timers/promises'
import { codeOf } from '../../../errors.ts'
import type { Host, Outcome, Row } from '../../spec.ts'
import { FoundRows } from '../found-rows.ts'
import { HostFiles } from '../host/host-files.ts'
import { inRanges, nameFilter } from '../match/name-filter.ts'
import type { AccountParams } from './account-params.ts'
import { AccountsOfHost } from './accounts-of-host.ts'
import type { SudoRule } from './sudoers.ts'
import { judgeUser, userFilter } from './user-filter.ts'

/** Accounts between two breaths of the caller, so that timers and signals come through. */
const SLICE = 256

/** Users, groups and sudo rules of a host by its own files. */
export async function* runAccounts(params: AccountParams, host: Host): AsyncGenerator<Row, Outcome> {
  const files = new HostFiles(host)
  const found = new FoundRows(host, params.kinds)
  let looked = 0
  try {
    for (const [kind, row] of found.ended ? [] : rowsOf(params, host, files)) {
      if (row !== undefined) {
        if (!found.take(kind, row)) break
        yield row
      }
      if (++looked % SLICE === 0) await breathe()
      if (found.ended) break
    }
  } catch (error) {
    if (codeOf(error) !== 'limit-bytes') throw error
    found.end('limit-bytes')
  }
  return found.outcome(files.count)
}

type Found = readonly [kind: string, row: Row | undefined]

function* rowsOf(params: AccountParams, { asOf }: Host, files: HostFiles): Generator<Found> {
  const accounts = new AccountsOfHost(files, asOf)
  for (const kind of params.kinds) {
    if (kind === 'user') yield* users(params, accounts, files)
    else if (kind === 'group') yield* groups(params, accounts, files)
    else yield* sudoRows(params, accounts, files)
  }
}

function* users(params: AccountParams, accounts: AccountsOfHost, files: HostFiles): Generator<Found> {
  const filter = userFilter(params)
  for (const user of accounts.users) {
    files.count.seen++
    yield ['user', judgeUser(filter, user, accounts)]
  }
}

function* groups(params: AccountParams, accounts: AccountsOfHost, files: HostFiles): Generator<Found> {
  const named = nameFilter(params.names, 'name')
  for (const { name, gid, members } of accounts.groups) {
    files.count.seen++
    const bytes = latin1(name)
    const holds = (named?.(bytes) ?? true) && (params.ids === undefined || inRanges(params.ids, gid))
    const all = new Set([...members, ...(holds ? accounts.withOwnGroup(gid) : [])])
    yield ['group', holds ? { kind: 'group', name: bytes, number: gid, members: all.size } : undefined]
  }
}

function* sudoRows(params: AccountParams, accounts: AccountsOfHost, files: HostFiles): Generator<Found> {
  const named = nameFilter(params.names, 'name')
  const commanded = nameFilter(params.commands, 'command')
  for (const rule of accounts.sudoRules()) {
    files.count.seen++
    const fits =
      (!params.noPassword || rule.noPassword) &&
      (commanded === undefined || rule.commands.some(command => commanded(latin1(command))))
    for (const who of rule.who) {
      const whom = () => [who.replace(/^[!%#+]+/, ''), ...accounts.namedBy(who)]
      const holds = fits && (named === undefined || whom().some(name => named(latin1(name))))
      yield ['sudo', holds ? rowOf(rule, who) : undefined]
    }
  }
}

/** One command of many thousand is told by its beginning. */
const LONG = 4_096

const rowOf = (rule: SudoRule, who: string): Row => ({
  kind: 'sudo',
  name: latin1(who),
  rule: latin1(`${rule.hosts}=(${rule.runAs}) ${rule.commands.join(', ')}`.slice(0, LONG)),
  nopasswd: rule.noPassword,
  all: rule.commands.includes('ALL'),
  path: latin1(rule.file),
  line: rule.line
})

const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))
