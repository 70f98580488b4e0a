import type { UnitDirectories } from './unit-directory.ts'
import { templateOf } from './unit-file.ts'

/**
 * Names of the units that start by themselves: those that a link wants, and whatever they pull in or trigger, as far as
 * the files say. `also` are wanted by other directories: a user's own links may want the units of all users.
 */
export const enabledIn = (directories: UnitDirectories, also: Iterable<string> = []): Set<string> => {
  const next = new Map<string, string[]>()
  for (const { name, addsTo, unit, hidden } of directories.here) {
    if (hidden) continue
    const of = addsTo ?? name
    const after = next.get(of) ?? []
    after.push(...unit.triggers, ...unit.pulls)
    next.set(of, after)
  }
  const enabled = new Set<string>()
  const todo = [...directories.wanted, ...also, 'default.target']
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (enabled.has(name) || directories.masked.has(name)) continue
    enabled.add(name)
    const [alias, template] = [directories.aliases.get(name), templateOf(name)]
    for (const one of [alias, template, ...(next.get(name) ?? [])]) if (one !== undefined) todo.push(one)
  }
  return enabled
}

/** What drop-ins may add to so that something that starts is meant: a unit, or all whose names begin alike (`a-.service`). */
export const drawnIn = (enabled: ReadonlySet<string>): Set<string> => {
  const drawn = new Set(enabled)
  for (const name of enabled) {
    const type = name.slice(name.lastIndexOf('.'))
    for (let at = name.indexOf('-'); at >= 0; at = name.indexOf('-', at + 1))
      drawn.add(`${name.slice(0, at + 1)}${type}`)
    const template = templateOf(name)
    if (template !== undefined) drawn.add(template)
  }
  return drawn
}
