import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CaseFile } from '../../console/answers/case-file.ts'
import { type Bench, median } from './bench.ts'
import { fillWith } from './keep/fill.ts'
import { overNetwork } from './keep/network.ts'
import { auditRate, inDirectory, keepDocuments, keepRaw, makeAnswers, place } from './keep/store.ts'

const ANSWERS = 10_000
const MANY = 1_000_000

/** `npm run bench -- keep [how many answers in the large store]` */
export const keep: Bench = {
  name: 'keep',
  sentence: 'answers kept, acknowledged, opened and audited a second, and a store of very many',
  run: async function* ({ rounds, rest }) {
    const { answers } = makeAnswers(ANSWERS)
    const [ours, raw]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      raw.push(await keepRaw(answers))
      ours.push(await keepDocuments(answers))
    }
    yield {
      what: 'the store alone, of raw synced batches',
      value: median(ours) / median(raw),
      unit: '×',
      aim: { least: 0.7 },
      note: `${Math.round(median(ours))}/s of ${Math.round(median(raw))}/s`
    }
    const { rate, answers: put, cpuMicros } = await overNetwork()
    const note = `${put} answers; the clients share the machine`
    yield { what: 'kept over the network', value: rate, unit: '/s', aim: { least: 5_000 }, note }
    yield { what: 'kept over the network: CPU of the node, an answer', value: cpuMicros, unit: 'µs' }

    yield {
      what: 'verified and opened by a console',
      value: await openedRate(),
      unit: '/s',
      aim: { least: 5_000 },
      note: 'one answer of each host'
    }
    yield { what: 'audit', value: await auditRate(answers), unit: 'MB/s', aim: { least: 50 } }

    const many = rest.map(Number).find(Number.isInteger) ?? MANY
    const { openMs, perSecond, grownMB, mappedMB } = await ofMany(many)
    yield { what: `${many} answers: open`, value: openMs, unit: 'ms' }
    yield { what: `${many} answers: followed`, value: perSecond, unit: '/s' }
    const mapped = `and ${Math.round(mappedMB)} MB of the store's files mapped, which the kernel takes back`
    yield {
      what: `${many} answers: memory grown by`,
      value: grownMB,
      unit: 'MB',
      aim: { most: 64 },
      note: mapped
    }
  }
}

/** Answers a second that a console verifies, opens and counts, each of another host. */
const openedRate = async (): Promise<number> => {
  const { answers, privateKey } = makeAnswers(ANSWERS, ANSWERS)
  const members = new Set(answers.map(({ agent }) => agent))
  const file = new CaseFile(place.mesh, place.action, privateKey, members)
  const started = performance.now()
  await file.takeAll(answers.map(({ parcel }) => parcel))
  const opened = file.answers().length
  const seconds = (performance.now() - started) / 1_000
  if (opened !== ANSWERS) throw new Error(`${opened} of ${ANSWERS} were opened.`)
  return opened / seconds
}

interface Many {
  readonly openMs: number
  readonly perSecond: number
  readonly grownMB: number
  readonly mappedMB: number
}

/** A store of so many, read by a process that did not write it: what that has freed would hide what this one takes. */
const ofMany = (count: number): Promise<Many> =>
  inDirectory(async directory => {
    await fillWith(directory, count)
    const script = join(import.meta.dirname, 'keep/many.ts')
    const argv = ['--expose-gc', script, directory, String(count)]
    const { stdout } = await promisify(execFile)(process.execPath, argv)
    return JSON.parse(stdout)
  })
