import { GumshoeError } from '../errors.ts'
import type { OpenPgp } from './pgp-library.ts'
import { strict } from './pgp-rules.ts'

type SecretPgpKey = Awaited<ReturnType<OpenPgp['readPrivateKey']>>

/** One detached binary signature. Throws `key-expired`, `key-unfit`. */
export const signWith = async (
  pgp: OpenPgp,
  key: SecretPgpKey,
  bytes: Uint8Array,
  now: number
): Promise<Uint8Array> => {
  const signature = await pgp
    .sign({
      message: await pgp.createMessage({ binary: bytes }),
      signingKeys: key,
      detached: true,
      format: 'binary',
      date: new Date(now),
      config: strict(pgp)
    } as Parameters<typeof pgp.sign>[0] & { format: 'binary' })
    .catch(cause => {
      if (/expired/.test(String(cause)))
        throw new GumshoeError('key-expired', `The key ${key.getFingerprint()} has expired.`, { cause })
      throw new GumshoeError('key-unfit', `The key does not sign: ${(cause as Error).message}`, { cause })
    })
  return signature as unknown as Uint8Array
}

/** Opens a message that holds plain bytes and nothing else. Throws `no-key`. */
export const openWith = async (pgp: OpenPgp, key: SecretPgpKey, box: Uint8Array): Promise<Uint8Array> => {
  const config = { ...pgp.config, ...strict(pgp) }
  try {
    const message = await pgp.readMessage({ binaryMessage: box, config })
    const inner = await message.decrypt([key], undefined, undefined, null as never, config)
    const [literal, ...more] = inner.packets
    if (!(literal instanceof pgp.LiteralDataPacket) || more.length > 0)
      throw new Error('The box holds something else than plain bytes.')
    return inner.getLiteralData() as Uint8Array
  } catch (cause) {
    throw new GumshoeError('no-key', 'The key does not open this box.', { cause })
  }
}
