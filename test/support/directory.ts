import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const made: string[] = []
process.once('exit', () => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true })
})

/** A directory of one test (0700). It goes when the test file ends, behind whatever a test closes in its `after`. */
export const testDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'gumshoe-test-'))
  made.push(directory)
  return directory
}
