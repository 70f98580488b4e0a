/**
 * Lines of an authorized_keys file (sshd(8), "AUTHORIZED_KEYS FILE FORMAT"): options, type of key, base64, comment. A type
 * is known by its name, so that a line with options is found too.
 */
const KEY =
  /(?:^|[ \t])(?:ssh-(?:rsa|dss|ed25519|ed448)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com|ssh-[a-z0-9-]+-cert-v01@openssh\.com|ecdsa-sha2-[a-z0-9]+-cert-v01@openssh\.com)[ \t]+AAAA/

/** How many keys a file lets in. */
export const countAuthorized = (lines: readonly string[]): number =>
  lines.filter(line => !/^[ \t]*#/.test(line) && KEY.test(line)).length
