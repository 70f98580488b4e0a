/**
 * Everything that came from elsewhere is hostile on a terminal: escapes, controls, direction marks, invisible characters.
 * What is shown keeps its letters; the rest is shown by its code (threats.md, T3).
 */
export const UNSAFE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A text that does nothing to a terminal: `\x1b` for an escape, `\u202e` for a direction mark. */
export const safeText = (text: string): string =>
  text.replace(UNSAFE, character => {
    const code = character.codePointAt(0)!
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`
  })

/** Bytes from a host: as text where they are UTF-8, else byte by byte, `\xff` for what is none. */
export const safeBytes = (bytes: Uint8Array): string => {
  try {
    return safeText(utf8.decode(bytes))
  } catch {
    return [...bytes]
      .map(b => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : `\\x${b.toString(16).padStart(2, '0')}`))
      .join('')
  }
}

/** The same value for JSON Lines: `{"t": …}` where it is UTF-8, else `{"hex": …}` (screens.md). */
export const jsonBytes = (bytes: Uint8Array): { t: string } | { hex: string } => {
  try {
    return { t: utf8.decode(bytes) }
  } catch {
    return { hex: Buffer.from(bytes).toString('hex') }
  }
}
