import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { isSea } from 'node:sea'
import { ADDON_FD, isHanded } from './addon.ts'

/**
 * What a child may read that can talk to other machines: our own program, the libraries of the system, how names are
 * resolved here, and which clocks the host trusts. Whatever takes it over finds nothing else to carry away; the agent's
 * home with its key is not among them.
 */
export const readableBesideNetwork = (executables: readonly string[]): string[] => [
  ...executables,
  ...(isSea() ? (isHanded() ? [`/proc/self/fd/${ADDON_FD}`] : []) : ownCode()),
  ...SYSTEM,
  ...CLOCKS
]

const SYSTEM = [
  ...['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/nix/store'],
  ...['/etc/ld.so.cache', '/etc/localtime', '/dev/null', '/dev/urandom'],
  ...['/etc/resolv.conf', '/run/systemd/resolve', '/run/resolvconf', '/run/NetworkManager/resolv.conf'],
  ...['/etc/hosts', '/etc/host.conf', '/etc/nsswitch.conf', '/etc/gai.conf'],
  ...['/etc/services', '/etc/protocols', '/etc/networks']
]

/** Keys of chrony and ntpd lie beside these, and are not among them. */
const CLOCKS = [
  ...['/etc/chrony.conf', '/etc/chrony.d', '/etc/chrony/chrony.conf', '/etc/chrony/conf.d'],
  ...['/etc/chrony/sources.d', '/run/chrony-dhcp', '/etc/ntp.conf', '/etc/ntpsec/ntp.conf'],
  ...['/etc/systemd/timesyncd.conf', '/etc/systemd/timesyncd.conf.d', '/run/systemd/timesyncd.conf.d']
]

const MODULES = '/node_modules/'

/** Stands in the root of our package, and of a checkout of it. */
const OWN = '/agent/gumshoe-agent.cjs'

/**
 * In plain node: where our launcher lies, and the tree that koffi was loaded from where it is our checkout; else its packages
 * only, since a package may be installed in somebody's home.
 */
const ownCode = (): string[] => {
  const launcher = process.argv[1] === undefined ? [] : [dirname(realpathSync(process.argv[1]))]
  const loaded = /\/\S*\/node_modules\/\S*koffi\S*\.node$/m.exec(readFileSync('/proc/self/maps', 'latin1'))
  if (loaded === null) return launcher
  const tree = loaded[0].slice(0, loaded[0].indexOf(MODULES))
  return [...launcher, existsSync(`${tree}${OWN}`) ? tree : `${tree}${MODULES}`]
}
