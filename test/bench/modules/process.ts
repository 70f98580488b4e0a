import { among, CROWD } from './crowd.ts'
import { beside, type Section } from './section.ts'

/** Beside ps: the same of every process. */
export const process: Section = given =>
  among(CROWD, () =>
    beside('process', given, {
      asked: {
        module: 'process/1',
        flags: { name: ['^sleep$'] },
        check: ({ counts }) => counts['processes']! >= CROWD.processes
      },
      // What the start alone costs.
      nothing: { module: 'file/1', flags: { path: ['/nowhere'] }, check: ({ found }) => !found },
      tool: { argv: ['ps', '-eo', 'pid,ppid,user,lstart,stat,comm,args'] },
      most: 1
    })
  )
