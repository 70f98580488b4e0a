import { anacron, incron, systemCron, userCron } from './cron-lines.ts'
import type { PersistenceKind, StartReader } from './entry.ts'
import {
  acpi,
  binfmt,
  binfmtSaved,
  environment,
  execEntry,
  inetd,
  inittab,
  interfaces,
  loaderLines,
  modprobe,
  packageHooks,
  pamLines,
  plainLines,
  preload,
  udevRules,
  xinetd
} from './start-readers.ts'

/** Where the host looks for what it starts by itself, beside systemd's units: units-of-host.ts. */
export interface Place {
  readonly kind: PersistenceKind
  /**
   * Absolute, or from a home with `~/`; one that ends in a slash is a directory whose files count, and `*` stands for any
   * one name. In the order in which the host looks.
   */
  readonly paths: readonly string[]
  /** Names of files in the directories. */
  readonly names?: RegExp
  /** What makes entries of a text; without it the file itself is what runs. */
  readonly read?: StartReader
  /** A file takes the place of those with its name in later directories. */
  readonly first?: true
  /** Which files the host takes: executable ones, or what run-parts takes, or what cron takes of cron.d. */
  readonly takes?: 'executable' | 'run-parts' | 'cron'
}

const lib = (name: string): string[] => [
  `/etc/${name}/`,
  `/run/${name}/`,
  `/usr/local/lib/${name}/`,
  `/usr/lib/${name}/`,
  `/lib/${name}/`
]
const all = (...lists: readonly (readonly string[])[]): string[] => lists.flat()
const CONF = /\.conf$/

export const PLACES: readonly Place[] = [
  {
    kind: 'generator',
    paths: ['system', 'user'].flatMap(of =>
      all(lib(`systemd/${of}-generators`), lib(`systemd/${of}-environment-generators`))
    ),
    takes: 'executable'
  },
  { kind: 'cron', paths: ['/etc/crontab'], read: systemCron },
  { kind: 'cron', paths: ['/etc/cron.d/'], read: systemCron, takes: 'cron' },
  {
    kind: 'cron',
    paths: ['/var/spool/cron/crontabs/', '/var/spool/cron/tabs/', '/var/spool/cron/', '/etc/crontabs/'],
    read: userCron
  },
  { kind: 'cron', paths: ['/etc/anacrontab'], read: anacron },
  { kind: 'cron', paths: ['/etc/incron.d/', '/var/spool/incron/'], read: incron },
  {
    kind: 'cron',
    paths: all(
      ['hourly', 'daily', 'weekly', 'monthly', 'yearly'].map(often => `/etc/cron.${often}/`),
      ['15min', 'hourly', 'daily', 'weekly', 'monthly'].map(often => `/etc/periodic/${often}/`)
    ),
    takes: 'run-parts'
  },
  {
    kind: 'at',
    paths: ['/var/spool/cron/atjobs/', '/var/spool/at/', '/var/spool/atjobs/'],
    names: /^[a-z=][0-9a-f]{13}/i
  },
  {
    kind: 'init',
    paths: ['/etc/rc.local', '/etc/rc.d/rc.local', '/etc/rc.d/boot.local'],
    takes: 'executable'
  },
  { kind: 'init', paths: ['/etc/inittab'], read: inittab },
  { kind: 'init', paths: ['/etc/init/'], names: CONF },
  { kind: 'init', paths: ['/etc/local.d/', '/etc/init.d/boot.d/'], takes: 'executable' },
  { kind: 'init', paths: ['/etc/sv/*/run', '/etc/service/*/run', '/var/service/*/run', '/etc/s6/*/run'] },
  {
    kind: 'shell',
    paths: all(
      ['profile', 'bash.bashrc', 'bashrc', 'bash.bash_logout', 'csh.cshrc', 'csh.login', 'csh.logout'].map(
        name => `/etc/${name}`
      ),
      ['zshenv', 'zprofile', 'zshrc', 'zlogin', 'zlogout'].flatMap(name => [
        `/etc/${name}`,
        `/etc/zsh/${name}`
      ]),
      ['/etc/fish/config.fish', '/etc/ssh/sshrc', '/etc/profile.d/', '/etc/fish/conf.d/', '/etc/skel/']
    )
  },
  {
    kind: 'shell',
    paths: all(
      ['bashrc', 'bash_profile', 'bash_login', 'profile', 'bash_logout', 'bash_aliases'].map(
        name => `~/.${name}`
      ),
      ['zshenv', 'zprofile', 'zshrc', 'zlogin', 'zlogout', 'kshrc'].map(name => `~/.${name}`),
      ['cshrc', 'tcshrc', 'login', 'logout', 'ssh/rc'].map(name => `~/.${name}`),
      ['~/.config/fish/config.fish', '~/.config/fish/conf.d/']
    )
  },
  { kind: 'loader', paths: ['/etc/ld.so.preload'], read: preload },
  { kind: 'loader', paths: ['/etc/ld.so.conf', '/etc/ld.so.conf.d/'], names: CONF, read: loaderLines },
  {
    kind: 'loader',
    paths: all(
      ['/etc/environment', '/etc/default/locale', '/etc/security/pam_env.conf'],
      lib('environment.d'),
      ['~/.config/environment.d/', '~/.pam_environment', '~/.ssh/environment']
    ),
    names: CONF,
    read: environment
  },
  { kind: 'pam', paths: ['/etc/pam.conf'], read: pamLines(true) },
  {
    kind: 'pam',
    paths: ['/etc/pam.d/', '/usr/etc/pam.d/', '/usr/lib/pam.d/'],
    read: pamLines(false),
    first: true
  },
  {
    kind: 'pam',
    paths: [
      '/lib/security/',
      '/lib64/security/',
      '/lib/*/security/',
      '/usr/lib/security/',
      '/usr/lib64/security/'
    ].concat('/usr/lib/*/security/'),
    names: /\.so/
  },
  { kind: 'udev', paths: lib('udev/rules.d'), names: /\.rules$/, read: udevRules, first: true },
  { kind: 'kernel', paths: ['/etc/modules'], read: plainLines },
  { kind: 'kernel', paths: lib('modules-load.d'), names: CONF, read: plainLines, first: true },
  {
    kind: 'kernel',
    paths: ['/etc/modprobe.conf', ...lib('modprobe.d')],
    names: CONF,
    read: modprobe,
    first: true
  },
  {
    kind: 'autostart',
    paths: [
      '/etc/xdg/autostart/',
      '/usr/share/autostart/',
      '/usr/share/gnome/autostart/',
      '~/.config/autostart/'
    ],
    names: /\.desktop$/,
    read: execEntry
  },
  {
    kind: 'autostart',
    paths: all(
      ['/etc/X11/Xsession.d/', '/etc/X11/xinit/xinitrc.d/', '/etc/X11/xinit/xinitrc', '/etc/xprofile'],
      ['xinitrc', 'xsession', 'xsessionrc', 'xprofile', 'Xclients'].map(name => `~/.${name}`),
      ['~/.config/autostart-scripts/', '~/.config/plasma-workspace/env/', '~/.kde/Autostart/']
    )
  },
  { kind: 'motd', paths: ['/etc/update-motd.d/'], takes: 'run-parts' },
  {
    kind: 'dbus',
    paths: all(
      ['/etc/dbus-1', '/run/dbus-1', '/usr/local/share/dbus-1', '/usr/share/dbus-1'].flatMap(at => [
        `${at}/system-services/`,
        `${at}/services/`
      ]),
      ['~/.local/share/dbus-1/services/']
    ),
    names: /\.service$/,
    read: execEntry
  },
  { kind: 'inetd', paths: ['/etc/inetd.conf'], read: inetd },
  { kind: 'inetd', paths: ['/etc/xinetd.conf', '/etc/xinetd.d/'], read: xinetd },
  {
    kind: 'network',
    paths: all(
      ['/etc', '/usr/lib'].flatMap(at =>
        ['', 'pre-up.d/', 'pre-down.d/', 'no-wait.d/'].map(
          step => `${at}/NetworkManager/dispatcher.d/${step}`
        )
      ),
      ['/etc/networkd-dispatcher/*/', '/usr/lib/networkd-dispatcher/*/'],
      ['if-pre-up.d', 'if-up.d', 'if-down.d', 'if-post-down.d'].map(name => `/etc/network/${name}/`),
      [
        '/etc/ppp/ip-up.d/',
        '/etc/ppp/ip-down.d/',
        '/etc/ppp/ip-up',
        '/etc/ppp/ip-down',
        '/etc/ppp/ip-up.local'
      ]
    ),
    takes: 'executable'
  },
  {
    kind: 'network',
    paths: ['/etc/dhcp/dhclient-enter-hooks.d/', '/etc/dhcp/dhclient-exit-hooks.d/', '/etc/dhcp/dhclient.d/']
  },
  { kind: 'network', paths: ['/etc/network/interfaces', '/etc/network/interfaces.d/'], read: interfaces },
  {
    kind: 'package',
    paths: ['/etc/apt/apt.conf', '/etc/apt/apt.conf.d/', '/etc/dpkg/dpkg.cfg', '/etc/dpkg/dpkg.cfg.d/'],
    read: packageHooks
  },
  {
    kind: 'package',
    paths: ['/etc/pacman.d/hooks/', '/usr/share/libalpm/hooks/'],
    names: /\.hook$/,
    read: execEntry
  },
  {
    kind: 'package',
    paths: ['/usr/lib/yum-plugins/', '/usr/share/yum-plugins/', '/etc/dnf/libdnf5-plugins/actions.d/'],
    names: /\.(py|actions)$/
  },
  { kind: 'binfmt', paths: lib('binfmt.d'), names: CONF, read: binfmt, first: true },
  { kind: 'binfmt', paths: ['/var/lib/binfmts/'], read: binfmtSaved },
  {
    kind: 'power',
    paths: [
      '/usr/lib/systemd/system-sleep/',
      '/usr/lib/systemd/system-shutdown/',
      '/etc/systemd/system-sleep/'
    ].concat([
      '/lib/systemd/system-sleep/',
      '/lib/systemd/system-shutdown/',
      '/etc/pm/sleep.d/',
      '/usr/lib/pm-utils/sleep.d/'
    ]),
    takes: 'executable'
  },
  { kind: 'power', paths: ['/etc/acpi/events/'], read: acpi }
]
