import type { Start, StartReader } from './entry.ts'
import { fieldsOf, joinedLines, pairOf, quotedIn, saidLines, unquoted } from './words.ts'

/** Readers of the many small files that have something started. Each takes a text as latin1. */

const of = (line: number, command: string, more: Partial<Start> = {}): Start[] =>
  command === '' ? [] : [{ commands: [command], line, ...more }]

/** Each line names something by itself: kernel modules, libraries, directories. */
export const plainLines: StartReader = text =>
  [...saidLines(text, '#;')].flatMap(({ text, line }) => of(line, text))

/** ld.so.conf: directories of libraries. */
export const loaderLines: StartReader = text =>
  plainLines(text, '').filter(({ commands }) => !/^(include|hwcap)[ \t]/.test(commands[0]!))

/** ld.so.preload: names apart by blanks or colons. */
export const preload: StartReader = text =>
  [...saidLines(text)].flatMap(({ text, line }) =>
    text
      .replace(/#.*/, '')
      .split(/[\s:]+/)
      .flatMap(name => of(line, name))
  )

/** Settings of the loader among those of the environment: LD_PRELOAD, LD_LIBRARY_PATH, LD_AUDIT, and BASH_ENV beside them. */
export const environment: StartReader = text =>
  [...saidLines(text)].flatMap(({ text, line }) =>
    /^(export[ \t]+)?(LD_[A-Z_]+|BASH_ENV|ENV|PROMPT_COMMAND)([ \t]|=)/.test(text) ? of(line, text) : []
  )

/** inittab(5): id, levels, action, process. */
export const inittab: StartReader = text =>
  [...saidLines(text)].flatMap(({ text, line }) => {
    const [, , action, ...command] = text.split(':')
    return of(line, command.join(':').trim(), { enabled: action !== 'off' })
  })

/** pam.d(5): type, control, module, arguments; the service in front of them in pam.conf. What is included is read by itself. */
export const pamLines =
  (service: boolean): StartReader =>
  text =>
    [...joinedLines(text)].flatMap(({ text, line }) => {
      const said = (service ? (fieldsOf(text, 1)?.[1] ?? '') : text).replace(/^-/, '')
      const [type, rest] = fieldsOf(said, 1) ?? []
      if (type === undefined || !/^(auth|account|password|session)$/i.test(type)) return []
      const end = rest!.startsWith('[') ? rest!.indexOf(']') + 1 : 0
      const [control, module] = end > 0 ? ['', rest!.slice(end).trim()] : (fieldsOf(rest!, 1) ?? [])
      return module === undefined || /^(include|substack)$/i.test(control!) ? [] : of(line, module)
    })

const RUNS =
  /(^|[\s,])(RUN(\{(program|builtin)\})?|PROGRAM|IMPORT\{program\}|ENV\{SYSTEMD_(USER_)?WANTS\})\s?[+:=]{1,2}\s?e?$/

/** udev(7): programs of RUN, PROGRAM and IMPORT, and units that a device wants. */
export const udevRules: StartReader = text =>
  [...joinedLines(text)].flatMap(({ text, line }) => {
    const commands = quotedIn(text)
      .filter(({ before }) => RUNS.test(before.slice(-64)))
      .map(({ value }) => value)
    return commands.length > 0 ? [{ commands, line }] : []
  })

/** modprobe.d(5): what is run in place of loading or removing a module. */
export const modprobe: StartReader = text =>
  [...joinedLines(text)].flatMap(({ text, line }) => {
    const [word, , command] = fieldsOf(text, 2) ?? []
    return word === 'install' || word === 'remove' ? of(line, command!) : []
  })

/** Desktop entries, D-Bus services and hooks of pacman: the value of Exec. */
export const execEntry: StartReader = text => {
  const commands: string[] = []
  let user: string | undefined
  let [first, enabled] = [undefined as number | undefined, true]
  for (const { text: said, line } of saidLines(text)) {
    const [key, value] = pairOf(said) ?? []
    if (key === 'Exec' && value) {
      first ??= line
      commands.push(value)
    } else if (key === 'SystemdService' && value) commands.push(value)
    else if (key === 'User') user = value
    else if (key === 'Hidden' && value === 'true') enabled = false
    else if (key === 'X-GNOME-Autostart-enabled' && value === 'false') enabled = false
  }
  return [{ commands, user, line: first, enabled }]
}

/** xinetd.conf(5): blocks of settings. */
export const xinetd: StartReader = text => {
  const found: Start[] = []
  let block: { line: number; server?: string; args?: string; user?: string; enabled: boolean } | undefined
  for (const { text: said, line } of saidLines(text)) {
    if (said.startsWith('service')) block = { line, enabled: true }
    if (block === undefined) continue
    const [key, value] = pairOf(said) ?? []
    if (key === 'server') block.server = value!
    else if (key === 'server_args') block.args = value!
    else if (key === 'user') block.user = value!
    else if (key === 'disable') block.enabled = value !== 'yes'
    if (!said.endsWith('}')) continue
    const { server, args, user, enabled } = block
    if (server !== undefined)
      found.push({
        commands: [args === undefined ? server : `${server} ${args}`],
        user,
        line: block.line,
        enabled
      })
    block = undefined
  }
  return found
}

/** inetd.conf(5): service, socket, protocol, wait, user, server. */
export const inetd: StartReader = text =>
  [...saidLines(text)].flatMap(({ text, line }) => {
    const fields = fieldsOf(text, 5)
    return fields === undefined ? [] : of(line, fields[5]!, { user: fields[4]!.split('.')[0] })
  })

/** interfaces(5): what is run as a network comes up and goes. */
export const interfaces: StartReader = text =>
  [...joinedLines(text)].flatMap(({ text, line }) => {
    const [word, command] = fieldsOf(text, 1) ?? []
    return /^(pre-up|up|post-up|down|pre-down|post-down)$/.test(word ?? '') ? of(line, command!) : []
  })

/** apt.conf(5) and dpkg.cfg(5): what is run before and after packages change. */
export const packageHooks: StartReader = text => {
  const found: Start[] = []
  let inside = false
  for (const { text: said, line } of saidLines(text, '#/')) {
    const hook = /(-Invoke|Pre-Install-Pkgs|-Invoke-Success|Post-Invoke-Stats|Frontend-Process)/i.test(said)
    const own = /^(pre-invoke|post-invoke|status-logger)[ =]/.test(said)
    if (own) found.push(...of(line, said.slice(said.search(/[ =]/) + 1).trim()))
    else if (hook || inside) for (const { value } of quotedIn(said)) found.push(...of(line, value))
    if (hook) inside = said.includes('{') && !said.includes('}')
    else if (said.includes('}')) inside = false
  }
  return found
}

/** binfmt.d(5): `:name:type:offset:magic:mask:interpreter:flags`, whatever the first character is. */
export const binfmt: StartReader = text =>
  [...saidLines(text, '#;')].flatMap(({ text, line }) => of(line, text.split(text[0]!)[6] ?? ''))

/** What Debian's update-binfmts keeps: the sixth line is the interpreter. */
export const binfmtSaved: StartReader = text => of(6, text.split('\n', 6)[5] ?? '')

/** acpid(8): the action of an event. */
export const acpi: StartReader = text =>
  [...saidLines(text)].flatMap(({ text, line }) => {
    const [key, value] = pairOf(text) ?? []
    return key === 'action' ? of(line, unquoted(value!)) : []
  })
