import { LIMITS } from '../../../limits.ts'
import type { Complaint } from './yara-rules.ts'

/**
 * Rules of a shape that no engine is given: what is nested a hundred times, or compares on and on, overflows its stack and ends the whole
 * process; a number that is read at a number that is read… takes ten times as long each time (threats.md, T7). Who asks compiles what
 * a stranger wrote in the process that holds his keys.
 */

/** Texts, comments and expressions are no part of the shape; all else that is not named here neither. */
const TOKENS =
  /"(?:\\.|[^"\\\n])*"?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\/(?:\\.|[^/\\\n])+\/?|[a-z_]\w*|[()[\]{}:~-]|[=!<>]=|[<>]/gi

const READS = /^(?:u?int(?:8|16|32|64)|float(?:32|64))(?:be)?$/
const COMPARES = /^(?:[=!<>]=|[<>]|not|defined|~|i?contains|i?startswith|i?endswith|iequals|matches|at)$/
/** A comparison begins anew behind them. */
const JOINS = /^(?:and|or|condition|of|for|in|rule|[()[\]{}:])$/

/** The first place that is too deep; undefined where there is none. */
export const tooDeep = (source: string): Complaint | undefined => {
  // Of each open bracket, whether it is that of a number that is read.
  let open: boolean[] = []
  let reads = 0
  let compares = 0
  let before = ''
  for (const { 0: token, index } of source.matchAll(TOKENS)) {
    if (token === '(' || token === '[') {
      open.push(READS.test(before))
      if (open.at(-1)) reads++
    } else if ((token === ')' || token === ']') && open.pop()) reads--
    else if (token === '}') [open, reads] = [[], 0]
    if (JOINS.test(token)) compares = 0
    else if (COMPARES.test(token) || (token === '-' && /^[-~]$/.test(before))) compares++
    if (!/^\/[/*]/.test(token)) before = token
    if (open.length > LIMITS.ruleDepth || reads > LIMITS.ruleReads || compares > LIMITS.ruleDepth)
      return {
        code: 'shape',
        line: source.slice(0, index).split('\n').length,
        sentence: 'it is nested too deeply, or compares too much at once'
      }
  }
  return undefined
}
