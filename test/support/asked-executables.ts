/**
 * The directory of the single executables that this test is to run instead of plain node: GUMSHOE_EXECUTABLES, in the end-to-end
 * and attack suites. Everything else takes the sources.
 */
export const askedExecutables = (): string | undefined =>
  /[\\/]test[\\/](e2e|attacks)[\\/]/.test(process.argv[1] ?? '')
    ? process.env['GUMSHOE_EXECUTABLES']
    : undefined
