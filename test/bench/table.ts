import { type Figure, isMet } from './bench.ts'

/** A figure as a line: what, value, aim, and what stands behind it. */
export const lineOf = (figure: Figure): string => {
  const { what, value, unit, note } = figure
  return `  ${what.padEnd(44)} ${said(value).padStart(9)} ${unit.padEnd(3)} ${aimOf(figure).padEnd(14)} ${note ?? ''}`.trimEnd()
}

const aimOf = (figure: Figure): string => {
  const { aim } = figure
  if (aim === undefined) return ''
  const wanted = aim.most === undefined ? `≥ ${aim.least}` : `≤ ${aim.most}`
  return `${wanted} ${isMet(figure) ? 'met' : 'MISSED'}`
}

const said = (value: number): string =>
  Math.abs(value) >= 1_000 ? Math.round(value).toString() : value.toPrecision(3)
