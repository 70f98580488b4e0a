import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeFleet, type TestFleet } from '../support/fleet.ts'
import { eventually } from '../support/members.ts'
import { Terminal } from '../support/terminal.ts'

/** A key that lives in GnuPG 2.2, at a terminal: its owner types the PIN into a pinentry, wrongly, not at all, and rightly. */

let fleet: TestFleet
let terminal: Terminal | undefined
// The socket of gpg-agent needs a short path.
const gnupg = mkdtempSync('/tmp/gsk')
after(async () => {
  terminal?.close()
  gpgconf('--kill', 'all')
  rmSync(gnupg, { recursive: true, force: true })
  await fleet?.remove()
})

/** Asks on the terminal that GnuPG names, as pinentry-tty does; an empty line cancels. */
const PINENTRY = `#!/bin/sh
echo 'OK Pleased to meet you'
tty=
again=
while read -r word rest; do
  case $word in
    OPTION) case $rest in ttyname=*) tty=\${rest#ttyname=} ;; esac; echo OK ;;
    SETERROR) again="$rest "; echo OK ;;
    GETPIN)
      if [ -z "$tty" ]; then echo 'ERR 83918950 Inappropriate ioctl for device <Pinentry>'; continue; fi
      stty -echo icanon icrnl < "$tty"
      printf '%s' "\${again}PIN please: " > "$tty"
      read -r pin < "$tty"
      stty echo < "$tty"
      printf '\\n' > "$tty"
      if [ -n "$pin" ]; then echo "D $pin"; echo OK; else echo 'ERR 83886179 Operation cancelled <Pinentry>'; fi ;;
    BYE) echo OK; exit 0 ;;
    *) echo OK ;;
  esac
done
`

const PIN = 'four words and more'

const ODD = 'odd-7c31.conf'
const PROMPT = /LAB> $/
const PIN_PLEASE = /PIN please: $/

const gpgconf = (...args: string[]) => execFileSync('gpgconf', ['--homedir', gnupg, ...args])
const gpg = (args: string[], input = ''): string =>
  execFileSync('gpg', ['--homedir', gnupg, '--batch', '--no-tty', ...args], {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe']
  })

test('a person whose key is in GnuPG asks, signs and reveals from the prompt', {
  timeout: 300_000
}, async () => {
  writeFileSync(join(gnupg, 'pinentry'), PINENTRY, { mode: 0o755 })
  writeFileSync(join(gnupg, 'gpg-agent.conf'), `pinentry-program ${join(gnupg, 'pinentry')}\n`)
  gpg(
    ['--gen-key'],
    `Key-Type: eddsa\nKey-Curve: ed25519\nSubkey-Type: ecdh\nSubkey-Curve: cv25519\nName-Real: greta\nExpire-Date: 2y\nPassphrase: ${PIN}\n%commit\n`
  )
  gpgconf('--kill', 'gpg-agent')
  const fingerprint = /^fpr:+([0-9A-F]{40}):/m.exec(gpg(['--list-secret-keys', '--with-colons']))![1]!
  process.env['GNUPGHOME'] = gnupg
  fleet = await makeFleet(1)
  const at = (name: string) => join(fleet.fleet.directory, name)
  const gumshoe = (...args: string[]) => fleet.stage.quietly('gumshoe', args)
  await gumshoe('key', 'import', '--gpg', fingerprint, '--home', at('greta'))
  await gumshoe('key', 'export', '-o', at('greta.pub'), '--home', at('greta'))
  await gumshoe('mesh', 'add', 'investigator', `greta:2=${at('greta.pub')}`, '--yes', '--home', fleet.anna)
  await gumshoe('mesh', 'show', '-o', at('v2.charter'), '--home', fleet.anna)
  await gumshoe('mesh', 'join', at('v2.charter'), '--home', at('greta'))
  await eventually('the host is known', async () => (await fleet.ask('agents')).length === 1, 30_000)

  writeFileSync(join(fleet.hosts[0]!.root, 'etc', ODD), 'odd')
  const question = [
    'file',
    '--path',
    '/etc',
    '--name',
    '^hostname$',
    '-t',
    'all',
    '--clear',
    '--reason',
    'who is it'
  ]
  await gumshoe(...question, '--save', at('clear.saved'), '--yes', '--home', fleet.julien)

  terminal = new Terminal([process.execPath, fleet.fleet.launcher('gumshoe'), '--home', at('greta')], {
    GNUPGHOME: gnupg
  })
  const screen = (what: RegExp) => terminal!.shows(what)
  const type = (line: string) => terminal!.press(`${line}\r`)
  await screen(PROMPT)
  type('agents')
  for (const tries of ['', 'try 2 of 3', 'try 3 of 3']) {
    await screen(new RegExp(`${tries}.*PIN please: $`))
    type('wrong')
  }
  assert.match(
    await screen(PROMPT),
    /error\[bad-passphrase\]: GnuPG says that the passphrase or PIN is wrong/
  )
  type('agents')
  await screen(PIN_PLEASE)
  type('')
  assert.match(await screen(PROMPT), /error\[bad-passphrase\]: The passphrase or PIN was not given/)

  type('agents')
  await screen(PIN_PLEASE)
  // The prompt must not come back, and take the keys, while the pinentry still waits for them.
  terminal.press('\x03')
  type(PIN)
  assert.match(await screen(PROMPT), /web-01 +connected/)
  type(`file --path /etc --name ^${ODD}$ -t all`)
  await screen(/\[n\] no: $/)
  type('y')
  assert.match(await screen(PROMPT), /FOUND ON 1 HOST[\s\S]*⟨[0-9a-f]{4}⟩/)

  type(`agents --gpg ${fingerprint}`)
  assert.match(await screen(PROMPT), /web-01 +connected/)

  // Nothing is remembered any more, neither by GnuPG nor here.
  gpgconf('--kill', 'gpg-agent')
  type('reveal a1 v1 --reason odd')
  await screen(/\[n\] no: $/)
  type('y')
  await screen(PIN_PLEASE)
  type(PIN)
  assert.match(await screen(PROMPT), new RegExp(ODD))

  gpgconf('--kill', 'gpg-agent')
  type(`sign ${at('clear.saved')}`)
  await screen(/\[y\/N\] $/)
  type('y')
  await screen(PIN_PLEASE)
  type(PIN)
  await screen(PROMPT)
  type(`send ${at('clear.saved')}`)
  assert.match(await screen(PROMPT), /julien \+ greta|greta \+ julien/)
  assert.equal(terminal.screen.includes(PIN), false, 'the PIN stood on the screen')
  type('exit')
  assert.equal(await terminal.ended(), 0)
})
