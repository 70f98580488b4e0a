import { privateDirectory, readPrivate, writePrivate } from '../../src/cli/home.ts'
import { decodeCharterFile, encodeCharterFile } from '../../src/documents/charter-file.ts'
import { GumshoeError } from '../../src/errors.ts'
import { CharterChain } from '../../src/trust/charter-chain.ts'
import { homeLayout } from '../home-layout.ts'
import { sayMeshId } from './mesh-id.ts'

/** The charter versions that this home holds, verified; undefined where it belongs to no mesh yet. */
export const openChain = async (home: string, now: number): Promise<CharterChain | undefined> => {
  const bytes = readPrivate(homeLayout(home).charters)
  return bytes === undefined ? undefined : await CharterChain.open(decodeCharterFile(bytes), now)
}

/** The same; throws `no-home` where it belongs to no mesh yet. */
export const requireChain = async (home: string, now: number): Promise<CharterChain> => {
  const chain = await openChain(home, now)
  if (chain === undefined)
    throw new GumshoeError('no-home', `The home ${home} belongs to no mesh yet.`, {
      fix: 'gumshoe mesh create NAME …, or gumshoe mesh join FILE with the charter file of an admin.'
    })
  return chain
}

export const saveChain = (home: string, chain: CharterChain): void => {
  privateDirectory(home)
  writePrivate(homeLayout(home).charters, encodeCharterFile(chain.envelopes()))
}

/**
 * Takes the versions of a charter file into the home: the first ones, or newer ones of the same mesh. Throws
 * `home-exists` for another mesh, and what the chain throws.
 */
export const adopt = async (
  home: string,
  envelopes: readonly Uint8Array[],
  now: number
): Promise<CharterChain> => {
  const held = await openChain(home, now)
  const offered = await CharterChain.open([...envelopes], now)
  if (held === undefined) {
    saveChain(home, offered)
    return offered
  }
  if (held.mesh !== offered.mesh)
    throw new GumshoeError(
      'home-exists',
      `The home ${home} belongs to another mesh, ${sayMeshId(held.mesh.slice(0, 16))} ….`,
      {
        fix: 'Use a home of its own for each mesh: --home DIR.'
      }
    )
  for (const envelope of offered.envelopes().slice(held.current.charter.version))
    await held.accept(envelope, now)
  saveChain(home, held)
  return held
}
