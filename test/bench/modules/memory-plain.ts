import { ProcessMemory } from '../../../src/modules/lib/memory/process-memory.ts'
import { ProcProcess } from '../../../src/modules/lib/processes/proc-process.ts'
import { readStat } from '../../../src/modules/lib/processes/proc-stat.ts'

/**
 * node memory-plain.ts PID [ADDRESS]: reads what a process holds from there on, and does nothing with it; says how many bytes
 * there were.
 */
const memory = new ProcessMemory(new ProcProcess('/proc', readStat('/proc', Number(process.argv[2]))!), {
  into: Buffer.alloc(256 * 1024),
  carry: 0,
  from: Number(process.argv[3] ?? 0),
  budget: { left: Number.MAX_SAFE_INTEGER }
})
let bytes = 0
for (const piece of memory.pieces()) bytes += piece.bytes.length
console.log(bytes)
