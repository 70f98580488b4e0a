import type { HostFiles } from '../host/host-files.ts'
import { type Group, groupOf, isElsewhere, type Shadow, shadowOf, type User, userOf } from '../host/passwd.ts'
import { countAuthorized } from './authorized-keys.ts'
import { type LastLogin, LastLogins } from './last-logins.ts'
import { type Password, passwordOf } from './password-state.ts'
import { readSudoRules } from './sudo-files.ts'
import type { SudoRule } from './sudoers.ts'

const DAY_MS = 86_400_000
/** Sources of nsswitch.conf(5) whose accounts are in the host's own files. */
const LOCAL = /^(files|compat|systemd|altfiles|extrausers|\[.*)$/

/** What a host's own files say of its accounts, each file read when it is first asked for. */
export class AccountsOfHost {
  readonly users: readonly User[]
  readonly #files: HostFiles
  readonly #day: number
  #groups: readonly Group[] | undefined
  #groupNames: Map<number, string> | undefined
  #groupsOf: Map<string, Set<string>> | undefined
  #ownGroups: Map<number, string[]> | undefined
  #shadow: Map<string, Shadow> | 'unread' | undefined
  #lastLogins: LastLogins | undefined
  #sudo: readonly SudoRule[] | undefined

  constructor(files: HostFiles, asOf: number) {
    this.#files = files
    this.#day = Math.floor(asOf / DAY_MS)
    this.users = this.#parsed('/etc/passwd', userOf)
    this.#noteSources()
  }

  get groups(): readonly Group[] {
    this.#groups ??= this.#parsed('/etc/group', groupOf)
    return this.#groups
  }

  /** The name of a group where the host has one. */
  groupName(gid: number): string | undefined {
    this.#groupNames ??= new Map([...this.groups].reverse().map(({ gid, name }) => [gid, name]))
    return this.#groupNames.get(gid)
  }

  isIn({ name, gid }: User, group: string): boolean {
    if (this.#groupsOf === undefined) {
      this.#groupsOf = new Map()
      for (const { name, members } of this.groups)
        for (const member of members) {
          const of = this.#groupsOf.get(member) ?? new Set()
          of.add(name)
          this.#groupsOf.set(member, of)
        }
    }
    return this.groupName(gid) === group || this.#groupsOf.get(name)?.has(group) === true
  }

  /** Names of the users whose own group it is. */
  withOwnGroup(gid: number): readonly string[] {
    if (this.#ownGroups === undefined) {
      this.#ownGroups = new Map()
      for (const { name, gid } of this.users) {
        const names = this.#ownGroups.get(gid)
        if (names === undefined) this.#ownGroups.set(gid, [name])
        else names.push(name)
      }
    }
    return this.#ownGroups.get(gid) ?? []
  }

  password(user: User): Password {
    if (this.#shadow === undefined) {
      const before = this.#files.count.unreadable
      const lines = this.#parsed('/etc/shadow', shadowOf)
      // The first line about a name is the one that counts.
      this.#shadow = this.#files.count.unreadable > before ? 'unread' : new Map([...lines].reverse())
    }
    const known = this.#shadow === 'unread' ? 'unread' : this.#shadow.get(user.name)
    return passwordOf(user, known, this.#day)
  }

  lastLogin({ name, uid }: User): LastLogin | undefined {
    this.#lastLogins ??= new LastLogins(this.#files)
    return this.#lastLogins.of(name, uid)
  }

  /** Keys that let in as this user, where sshd looks by default. */
  authorisedKeys({ home }: User): number {
    if (!home.startsWith('/')) return 0
    return ['authorized_keys', 'authorized_keys2'].reduce(
      (sum, name) => sum + countAuthorized(this.#files.lines(`${home}/.ssh/${name}`)),
      0
    )
  }

  sudoRules(): readonly SudoRule[] {
    if (this.#sudo === undefined) {
      const { rules, unknown } = readSudoRules(this.#files)
      if (unknown > 0) this.#files.count.skip('sudo-syntax')
      this.#sudo = rules
    }
    return this.#sudo
  }

  /** Whether a sudo rule names this user. */
  hasSudo(user: User): boolean {
    return this.sudoRules().some(({ who }) => who.some(one => !one.startsWith('!') && this.#isWho(user, one)))
  }

  /** Names of the users whom one word of a sudo rule means, where it is no name itself. */
  namedBy(who: string): readonly string[] {
    if (!/^(%|#|ALL$)/.test(who)) return []
    return this.users.filter(user => this.#isWho(user, who)).map(({ name }) => name)
  }

  /** sudoers(5), "User_List": a name, #uid, %group, %#gid, ALL. */
  #isWho(user: User, who: string): boolean {
    const plain = who.replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1')
    if (plain === 'ALL') return true
    if (plain.startsWith('%#')) {
      const name = this.groupName(Number(plain.slice(2)))
      return user.gid === Number(plain.slice(2)) || (name !== undefined && this.isIn(user, name))
    }
    if (plain.startsWith('%')) return this.isIn(user, plain.slice(1))
    if (plain.startsWith('#')) return user.uid === Number(plain.slice(1))
    return user.name === plain
  }

  #parsed<T>(path: string, parse: (line: string) => T | undefined): T[] {
    const out: T[] = []
    for (const line of this.#files.lines(path)) {
      const one = isElsewhere(line) ? undefined : parse(line)
      if (one !== undefined) out.push(one)
    }
    return out
  }

  /** Accounts of a directory service are not asked about, and the answer says that there may be some. */
  #noteSources(): void {
    for (const line of this.#files.lines('/etc/nsswitch.conf')) {
      const sources = /^\s*passwd:(.*)$/.exec(line)?.[1]?.replace(/#.*/, '').split(/\s+/).filter(Boolean)
      if (sources?.some(source => !LOCAL.test(source))) this.#files.count.note('other-source')
    }
  }
}
