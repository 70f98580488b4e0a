import { randomBytes } from 'node:crypto'
import { gate as judge } from '../../src/trust/gate.ts'
import { TestHost } from '../support/host.ts'
import { makeTestMesh } from '../support/mesh.ts'
import { type Bench, median } from './bench.ts'
import { flood } from './gate/flood.ts'

const TIMES = 20_000
const FLOOD_S = 20

/** `npm run bench -- gate` */
export const gate: Bench = {
  name: 'gate',
  sentence: 'what refusing costs: garbage, what is known, and a flood of forged and altered messages',
  run: async function* ({ rounds }) {
    const mesh = await makeTestMesh()
    const host = new TestHost(mesh)
    const { raw } = await mesh.signAction({}, 'julien')
    await host.offer(raw)
    const each = async (envelope: () => Uint8Array): Promise<number> => {
      const times: number[] = []
      for (let round = 0; round < rounds; round++) {
        const envelopes = Array.from({ length: TIMES }, envelope)
        const started = performance.now()
        for (const one of envelopes) await judge(one, host.context())
        times.push(((performance.now() - started) / TIMES) * 1_000)
      }
      return median(times)
    }
    const garbage = await each(() => new Uint8Array(randomBytes(1_000)))
    yield { what: 'garbage refused', value: garbage, unit: 'µs', aim: { most: 20 } }
    const half = raw.subarray(0, raw.length / 2)
    yield { what: 'half an envelope refused', value: await each(() => half), unit: 'µs', aim: { most: 20 } }
    const before = host.verifications
    yield { what: 'a known id ignored', value: await each(() => raw), unit: 'µs', aim: { most: 20 } }
    yield {
      what: 'verifications of a known id',
      value: host.verifications - before,
      unit: '',
      aim: { most: 0 }
    }

    const fresh = await Promise.all(Array.from({ length: 100 }, () => mesh.signAction({}, 'sonia')))
    const whole = new TestHost(mesh)
    const started = performance.now()
    for (const one of fresh) for (let copy = 0; copy < 5; copy++) await judge(one.raw, whole.context())
    const ms = (performance.now() - started) / fresh.length
    yield { what: 'a new action judged, with its copies', value: ms * 1_000, unit: 'µs' }
    yield {
      what: 'verifications an id',
      value: whole.verifications / fresh.length,
      unit: '',
      aim: { most: 1 },
      note: '5 copies of each'
    }

    const { cpuShare, latencies, sent, seconds, out, refused } = await flood(FLOOD_S)
    const note = `${Math.round(sent / seconds)} messages a second, ${out} members put out, ${refused} refused`
    yield {
      what: 'flood: CPU of the hub, of one core',
      value: cpuShare * 100,
      unit: '%',
      aim: { most: 25 },
      note
    }
    const p99 = latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * 0.99))]!
    yield { what: 'flood: an honest question, p50', value: median(latencies), unit: 'ms' }
    yield { what: 'flood: an honest question, p99', value: p99, unit: 'ms', aim: { most: 2_000 } }
  }
}
