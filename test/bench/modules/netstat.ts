import { among, CROWD } from './crowd.ts'
import { beside, type Section } from './section.ts'

/** Beside ss: every socket, and again with who holds it. */
export const netstat: Section = given =>
  among(CROWD, async function* () {
    const nothing = { module: 'file/1', flags: { path: ['/nowhere'] }, check: () => true }
    const check = ({ coverage }: { coverage: { seen: number } }) => coverage.seen >= CROWD.sockets
    const flags = { 'connected-ip': ['203.0.113.0/24'] }
    yield* beside('netstat', given, {
      asked: { module: 'netstat/1', flags, check },
      nothing,
      tool: { argv: ['ss', '-Htuan'] },
      most: 1
    })
    yield* beside('netstat with owners', given, {
      asked: { module: 'netstat/1', flags: { ...flags, owner: true }, check },
      nothing,
      tool: { argv: ['ss', '-Htuanp'] },
      most: 1
    })
  })
