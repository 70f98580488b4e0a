/** What a password field is, by crypt(5): its scheme is told, its hash never leaves this file. */

/** crypt(5): prefix and name of each scheme, those first that another one's prefix begins with. */
const SCHEMES: readonly (readonly [RegExp, string])[] = [
  [/^\$y\$/, 'yescrypt'],
  [/^\$gy\$/, 'gost-yescrypt'],
  [/^\$7\$/, 'scrypt'],
  [/^\$2[abxy]\$/, 'bcrypt'],
  [/^\$6\$/, 'sha512'],
  [/^\$5\$/, 'sha256'],
  [/^\$sha1\$/, 'sha1'],
  [/^\$md5[,$]/, 'sunmd5'],
  [/^\$1\$/, 'md5'],
  [/^\$3\$/, 'nt'],
  [/^_[./0-9A-Za-z]{19}$/, 'bsdi-des'],
  [/^[./0-9A-Za-z]{13}$/, 'des']
]

export const SCHEME_NAMES = SCHEMES.map(([, name]) => name)

/** The scheme of a hash; undefined where it is no result of crypt(3), so that no password fits it. */
export const schemeOf = (field: string): string | undefined =>
  SCHEMES.find(([prefix]) => prefix.test(field))?.[1]

/** A hash that is switched off by a mark before it (usermod -L, passwd -l) keeps its scheme. */
export const withoutLock = (field: string): string => field.replace(/^[!*]+/, '')
