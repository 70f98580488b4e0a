/** Where systemd looks for units, in its order (systemd.unit(5)); a path that begins with `~/` lies in a home. */

const LIBS = ['/usr/local/lib', '/usr/lib', '/lib']

export const SYSTEM_UNITS: readonly string[] = [
  '/etc/systemd/system.control',
  '/run/systemd/system.control',
  '/run/systemd/transient',
  '/run/systemd/generator.early',
  '/etc/systemd/system',
  '/etc/systemd/system.attached',
  '/run/systemd/system',
  '/run/systemd/system.attached',
  '/run/systemd/generator',
  ...LIBS.map(lib => `${lib}/systemd/system`),
  '/run/systemd/generator.late'
]

/** For all users. */
export const USER_UNITS: readonly string[] = [
  '/etc/systemd/user',
  '/run/systemd/user',
  '/usr/local/share/systemd/user',
  '/usr/share/systemd/user',
  '/var/lib/flatpak/exports/share/systemd/user',
  ...LIBS.map(lib => `${lib}/systemd/user`)
]

/** In a home. */
export const HOME_UNITS: readonly string[] = [
  '.config/systemd/user.control',
  '.config/systemd/user',
  '.local/share/systemd/user'
]

/** Below /run/user/UID. */
export const RUNTIME_UNITS: readonly string[] = [
  'systemd/user.control',
  'systemd/transient',
  'systemd/generator.early',
  'systemd/user',
  'systemd/generator',
  'systemd/generator.late'
]
