'use strict'
// Preloaded by the tests of the launcher: this process says to be Node 20; the one that it starts is what it is.
Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })
