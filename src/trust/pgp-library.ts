/** Loaded when the first signature comes, not when the agent starts. */
export const loadPgp = () => import('openpgp')
export type OpenPgp = Awaited<ReturnType<typeof loadPgp>>
