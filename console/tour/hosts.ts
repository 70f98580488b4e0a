import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** One host of the tour: a file system of its own under `root`, and the tags that its enrolment gives it. */
export interface TourHost {
  readonly name: string
  readonly role: 'web' | 'db' | 'app'
  readonly env: 'prod' | 'dev'
  readonly root: string
}

const KINDS: ReadonlyArray<{ role: TourHost['role']; env: TourHost['env']; share: number }> = [
  { role: 'web', env: 'prod', share: 5 },
  { role: 'db', env: 'prod', share: 3 },
  { role: 'app', env: 'prod', share: 3 },
  { role: 'app', env: 'dev', share: 1 }
]

/** One place for each host of a dozen, in order. */
const PLACES = KINDS.flatMap(kind => Array.from({ length: kind.share }, () => kind))

/** The module that does not belong there: the same bytes on three web hosts, once under a name of its own. */
export const IMPLANT = Buffer.from(`\x7fELF implant of the tour ${'0123456789abcdef'.repeat(64)}`)
export const IMPLANT_MD5 = createHash('md5').update(IMPLANT).digest('hex')
export const ODD_NAME = 'mod_cgid_cache.so'

/** Names `count` hosts in the tour's proportions: web-01 …, db-01 …, app-01 …. */
export const tourHosts = (count: number, directory: string): TourHost[] => {
  const numbers = new Map<string, number>()
  return Array.from({ length: count }, (_, i) => {
    const kind = PLACES[i % PLACES.length]!
    const number = (numbers.get(kind.role) ?? 0) + 1
    numbers.set(kind.role, number)
    const name = `${kind.role}-${String(number).padStart(2, '0')}`
    return { name, role: kind.role, env: kind.env, root: join(directory, 'hosts', name) }
  })
}

/** Lays out the file system of a host: real files, some hundred of them, and what the tour's questions are about. */
export const layOut = (host: TourHost): void => {
  const put = (path: string, content: string | Buffer, mode = 0o644) => {
    const at = join(host.root, path)
    mkdirSync(dirname(at), { recursive: true })
    writeFileSync(at, content, { mode })
  }
  put('etc/hostname', `${host.name}\n`)
  put('etc/machine-id', `${randomBytes(16).toString('hex')}\n`)
  put(
    'etc/os-release',
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n'
  )
  put('etc/passwd', 'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n')
  put('etc/group', 'root:x:0:\nwww-data:x:33:\n')
  put('var/lib/dpkg/status', packagesOf(host))
  for (let i = 0; i < 40; i++) put(`usr/share/doc/package-${i}/copyright`, `Files: *\nCopyright: ${i}\n`)
  for (let i = 0; i < 8; i++) put(`var/log/app/app.log.${i}`, `2026-11-2${i} service started\n`.repeat(200))
  if (host.role === 'web') webFiles(host, put)
  if (host.role === 'db')
    put(
      'etc/mysql/conf.d/backup.cnf',
      `[client]\nuser = backup\n${host.name === 'db-01' ? 'PassWord = hunter2' : 'password = (from vault)'}\n`
    )
  if (host.role === 'app') put('srv/app/settings.py', `DEBUG = False\nSECRET = '${host.name}'\n`)
}

/** The release of xz that held a back door (CVE-2024-3094), and the host of the tour that still has it. */
export const BAD_XZ = '5.6.1-1'
export const XZ_HOST = 'app-01'

/** What dpkg says of its packages: the same on every host, but for the xz of one. */
const packagesOf = ({ name }: TourHost): string => {
  const versions = {
    apache2: '2.4.62-1~deb12u2',
    bash: '5.2.15-2+b7',
    openssl: '3.0.15-1~deb12u1',
    'xz-utils': name === XZ_HOST ? BAD_XZ : '5.4.1-0.2'
  }
  return Object.entries(versions)
    .map(([package_, version]) =>
      [
        `Package: ${package_}`,
        'Status: install ok installed',
        'Maintainer: Debian <debian@example.org>',
        'Architecture: amd64',
        `Version: ${version}`,
        `Description: ${package_}`,
        ''
      ].join('\n')
    )
    .join('\n')
}

const webFiles = (
  host: TourHost,
  put: (path: string, content: string | Buffer, mode?: number) => void
): void => {
  for (const name of ['mod_ssl', 'mod_rewrite', 'mod_headers', 'mod_proxy', 'mod_deflate', 'mod_status']) {
    put(`usr/lib/apache2/modules/${name}.so`, `\x7fELF ${name} 2.4.62 ${'x'.repeat(4_000)}`)
  }
  put('var/www/html/index.html', '<h1>It works</h1>\n')
  // web-01 keeps a shared secret that a case-insensitive search finds; web-02 and web-03 carry the implant as mod_ssl.
  if (host.name === 'web-01')
    put('var/www/html/config.php', "<?php $db_PASSWORD = 'HUNTER2'; // password = hunter2\n")
  if (host.name === 'web-02' || host.name === 'web-03') put('usr/lib/apache2/modules/mod_ssl.so', IMPLANT)
  if (host.name === 'web-05') put(`usr/lib/apache2/modules/${ODD_NAME}`, IMPLANT)
}

/** Makes one host unable to read everything: a file without any right for its reader, in the way of the content search. */
export const lockOneFile = (host: TourHost): string => {
  const path = '/etc/ssl/private/site.key'
  const at = join(host.root, path)
  mkdirSync(dirname(at), { recursive: true })
  writeFileSync(at, 'password = (nobody may read this)\n')
  chmodSync(at, 0o000)
  return path
}
