/** Modules that answer in numbered parts as things happen, by id: for who must know that and need not load them (ADR 18). */
const STANDING: ReadonlySet<string> = new Set(['fswatch/1'])

export const isStanding = (module: string): boolean => STANDING.has(module)
