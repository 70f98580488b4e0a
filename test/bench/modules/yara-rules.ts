import { LITERAL } from '../file-tree.ts'

/** As many as a person has at hand for one case, of the usual kinds; two of them hold for files of the tree of the bench. */
export const RULES = 50

const hexOf = (i: number): string =>
  Array.from({ length: 10 }, (_, at) => ((i * 37 + at * 101) % 256).toString(16).padStart(2, '0')).join(' ')

/** Texts in any case, bytes of programs, several together, expressions. */
const KINDS: readonly ((i: number) => string)[] = [
  i => `strings: $a = "evil-service-${i}.example" nocase $b = "X-Beacon-Id: ${i}" condition: any of them`,
  i =>
    `strings: $code = { ${hexOf(i)} } $name = "/tmp/.x${i}/implant" condition: uint32(0) == 0x464c457f and any of them`,
  i =>
    `strings: $a = "/etc/passwd" $b = "stage-${i}-loader" $c = "connect" condition: filesize < 10MB and all of them`,
  i =>
    `strings: $url = /https?:\\/\\/[a-z0-9.]{4,40}\\/gate${i}\\.php/ $wide = "Global\\\\mutex-${i}" wide condition: $url or $wide`
]

export const benchRules = (): string =>
  [
    `rule literal { strings: $a = "${LITERAL}" condition: $a }`,
    'rule alternation { strings: $a = /(evilcorp|malware|rootkit|backdoor)-[0-9]{2,5}/ nocase condition: $a }',
    ...Array.from({ length: RULES - 2 }, (_, i) => `rule r${i} { ${KINDS[i % KINDS.length]!(i)} }`)
  ].join('\n')
