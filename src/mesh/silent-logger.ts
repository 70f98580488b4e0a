import type { ComponentLogger, Logger } from '@libp2p/interface'

/**
 * libp2p makes a logger for each connection and stream, which looks at the environment and the terminal each time and says
 * nothing unless DEBUG is set: what a person should know, the mesh logs itself.
 */
const silent: Logger = Object.assign(() => undefined, {
  enabled: false,
  error: () => undefined,
  trace: () => undefined,
  newScope: () => silent
})

export const silentLogger: ComponentLogger = { forComponent: () => silent }
