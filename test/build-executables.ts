import { executables } from './support/executables.ts'

/** Builds the single executables that the end-to-end and attack suites run, where the sources have changed, and says where they are. */
console.log(await executables())
