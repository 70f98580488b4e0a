import { GumshoeError } from '../../../errors.ts'
import type { PolicyDocument, PolicyObject } from './form.ts'

/** `${name}` in paths and names of a policy; `${chain_root}` is the directory of the file that a chain comes from. */
const ROOT = 'chain_root'
const NAME = /\$\{([A-Za-z0-9_.-]{1,64})\}/g

export type Variables = ReadonlyMap<string, string>

export const variablesOf = ({ variables }: PolicyDocument): Variables =>
  new Map(variables?.map(({ key, value }) => [key, bytesOfText(value)]))

/** One pass: what a variable holds is not looked into again, so none can grow by itself. Throws `bad-params` for an unknown one. */
export const expand = (text: string, variables: Variables): string =>
  text.replace(NAME, (_, name: string) => {
    const value = variables.get(name)
    if (value === undefined) throw new GumshoeError('bad-params', `--document: there is no variable ${name}.`)
    return value
  })

/** With the directory that a chain stands at, which ends in a slash. */
export const withRoot = (variables: Variables, directory: string): Variables =>
  new Map([...variables, [ROOT, directory]])

/** Whether an object is only there for the import-chain of another one. */
export const isChainObject = ({ filecontent, filename, hasline, setting }: PolicyObject): boolean =>
  (filecontent ?? filename ?? hasline ?? setting)?.path.includes(`\${${ROOT}}`) ?? false

/** Text of a document as latin1: the bytes that a host compares. */
export const bytesOfText = (text: string): string => Buffer.from(text).toString('latin1')

/** A path as the walk takes it. Throws `bad-params` where it is not one of a host. */
export const pathFrom = (text: string): string => {
  if (!text.startsWith('/') || /(^|\/)\.\.(\/|$)/.test(text) || text.includes('\0'))
    throw new GumshoeError('bad-params', `--document: ${text} is no absolute path without "..".`)
  return text.replace(/\/(\.?\/)+/g, '/').replace(/(.)\/\.?$/, '$1')
}
