import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { decodeBody } from '../../src/documents/body.ts'
import { openAnswer } from '../../src/trust/seal.ts'
import { verifyBody, verifyHeader } from '../../src/trust/verify-machine.ts'
import { type Bench, median } from './bench.ts'
import { overNetwork } from './keep/network.ts'
import { auditRate, keepDocuments, keepRaw, makeAnswers, place } from './keep/store.ts'

const ANSWERS = 10_000
const MANY = 1_000_000

/** `npm run bench -- keep [how many answers in the large store]` */
export const keep: Bench = {
  name: 'keep',
  sentence: 'answers kept, acknowledged, opened and audited a second, and a store of very many',
  run: async function* ({ rounds, rest }) {
    const { answers, privateKey } = makeAnswers(ANSWERS)
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
    const { rate, answers: put } = await overNetwork()
    const note = `${put} answers; the clients share the machine`
    yield { what: 'kept over the network', value: rate, unit: '/s', aim: { least: 5_000 }, note }

    const started = performance.now()
    for (const { parcel } of answers) {
      const { document } = verifyHeader(parcel.envelope, place.mesh)
      verifyBody(document, parcel.body!)
      decodeBody(openAnswer(privateKey, document, parcel.body!))
    }
    const opened = (ANSWERS / (performance.now() - started)) * 1_000
    yield { what: 'verified and opened by a console', value: opened, unit: '/s', aim: { least: 5_000 } }
    yield { what: 'audit', value: await auditRate(answers), unit: 'MB/s', aim: { least: 50 } }

    const many = rest.map(Number).find(Number.isInteger) ?? MANY
    const { openMs, perSecond, grownMB } = await ofMany(many)
    yield { what: `${many} answers: open`, value: openMs, unit: 'ms' }
    yield { what: `${many} answers: followed`, value: perSecond, unit: '/s' }
    yield { what: `${many} answers: memory grown by`, value: grownMB, unit: 'MB', aim: { most: 64 } }
  }
}

const ofMany = async (count: number): Promise<{ openMs: number; perSecond: number; grownMB: number }> => {
  const script = join(import.meta.dirname, 'keep/many.ts')
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, String(count)])
  return JSON.parse(stdout)
}
