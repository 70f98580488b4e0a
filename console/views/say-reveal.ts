import { count } from '../../src/cli/count.ts'
import { type Operation, REVEAL } from '../../src/documents/action.ts'
import { readReveal } from '../../src/trust/policy.ts'
import { list } from './words.ts'

/** A reveal in words: how many dark parts of which action it opens. */
export const sayReveal = ({ module: asks, params }: Pick<Operation, 'module' | 'params'>): string => {
  if (asks !== REVEAL) return JSON.stringify(params)
  const { action, module, commitments } = readReveal(params)
  const parts = commitments.map(hex => `⟨${hex.slice(0, 4)}⟩`)
  return `opens ${count(commitments.length, 'dark part')} (${list(parts, 4)}) of what hosts answered to ${module} in ${action.slice(0, 12)}`
}

/** The same for a co-signer, whole: he signs each of them. */
export const revealLines = (params: Operation['params']): string[] => {
  const { action, op, module, commitments } = readReveal(params)
  return [
    `opens, in clear, what hosts answered to ${module}`,
    `of action ${action}, operation ${op}`,
    `${count(commitments.length, 'dark part')}: ${commitments.join(' ')}`
  ]
}
