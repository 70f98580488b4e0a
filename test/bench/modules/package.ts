import { existsSync } from 'node:fs'
import type { Figure } from '../bench.ts'
import { beside, type Given, type Section } from './section.ts'

/** Beside dpkg-query, on this machine's own packages; nothing where it has none of dpkg. */
export const packages: Section = given => (existsSync('/var/lib/dpkg/status') ? measured(given) : none())

async function* none(): AsyncGenerator<Figure> {}

const measured = (given: Given): AsyncGenerator<Figure> =>
  beside('package', given, {
    asked: {
      module: 'package/1',
      flags: { name: ['^dpkg$'], version: ['>1'] },
      check: ({ counts }) => counts['dpkg'] === 1
    },
    // What the start alone costs.
    nothing: { module: 'file/1', flags: { path: ['/nowhere'] }, check: ({ found }) => !found },
    tool: { argv: ['dpkg-query', '-W'] },
    most: 1
  })
