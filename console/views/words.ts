/** Small words that every screen says alike. Times are UTC, said once a screen. */

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** `Wed 09:12` within the next or last days, else with its date. */
export const moment = (ms: number, now: number): string => {
  const iso = new Date(ms).toISOString()
  const time = iso.slice(11, 16)
  return Math.abs(ms - now) < 6 * 86_400_000
    ? `${DAYS[new Date(ms).getUTCDay()]} ${time}`
    : `${iso.slice(0, 10)} ${time}`
}

/** A span as a person says it: 40 s, 12 min, 24 h, 9 d. */
export const span = (ms: number): string => {
  const positive = Math.max(0, ms)
  if (positive < 90_000) return `${Math.round(positive / 1_000)} s`
  if (positive < 5_400_000) return `${Math.round(positive / 60_000)} min`
  return positive < 172_800_000
    ? `${Math.round(positive / 3_600_000)} h`
    : `${Math.round(positive / 86_400_000)} d`
}

/** So many names, and how many more. */
export const list = (names: readonly string[], most = 6): string =>
  names.length <= most ? names.join(' ') : `${names.slice(0, most).join(' ')} … +${names.length - most}`

export const percent = (ppm: number): string => `${ppm / 10_000} %`
