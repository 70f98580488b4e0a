/**
 * A SubjectPublicKeyInfo as node:crypto reads it soonest: of keys that come as an object or as bytes it finds out by an
 * exception that they are no KeyObject, which takes twice as long as all else (Node 24). Hence createSecretKey, too.
 */
export const publicPem = (spki: Buffer): string =>
  `-----BEGIN PUBLIC KEY-----\n${spki.toString('base64')}\n-----END PUBLIC KEY-----\n`
