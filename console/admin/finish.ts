import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { count } from '../../src/cli/count.ts'
import { writePrivate } from '../../src/cli/home.ts'
import { personalise, writeExecutable } from '../../src/cli/personal.ts'
import type { Charter } from '../../src/documents/charter.ts'
import { encodeCharterFile } from '../../src/documents/charter-file.ts'
import { encodeEnrolment } from '../../src/documents/enrolment.ts'
import { decodeEnvelope, documentId } from '../../src/documents/envelope.ts'
import { read } from '../../src/documents/read.ts'
import { GumshoeError } from '../../src/errors.ts'
import { CharterChain } from '../../src/trust/charter-chain.ts'
import type { AdminContext } from './context.ts'
import { adopt } from './mesh-home.ts'
import { sayMeshId } from './mesh-id.ts'
import { encodeSaved } from './saved.ts'
import { charterStanding, grantStanding, type Standing } from './standing.ts'

const waiting = (context: AdminContext, standing: Standing, out: string): void => {
  const more = standing.missing === 1 ? 'one more signature' : `${standing.missing} more signatures`
  context.tell(
    `Signed by ${standing.signed.join(', ') || 'nobody'}; ${more} of ${standing.wanting.join(', ')}.`
  )
  context.say(out)
  context.tell(`Next: one of them types  gumshoe sign ${out}`)
}

/** True where the charter is complete; else it is written to `saved` for the next signer. A first one goes to `out`, for all. */
export const finishCharter = async (
  context: AdminContext,
  draft: { envelope: Uint8Array; charters: readonly Uint8Array[]; out: string; saved: string }
): Promise<boolean> => {
  const { envelope, charters, out, saved } = draft
  const now = context.clock.now()
  const before = charters.at(-1)
  const previous = before && read(decodeEnvelope(before).bytes, 'gumshoe/charter/1')
  const standing = await charterStanding(envelope, previous, now)
  if (standing.missing > 0) {
    writePrivate(saved, encodeSaved({ what: 'charter', envelope, charters }))
    waiting(context, standing, saved)
    return false
  }
  const chain = await adopt(context.home, [...charters, envelope], now)
  const { charter, id } = chain.current
  if (charter.version === 1) {
    writeFileSync(out, encodeCharterFile(chain.envelopes()))
    context.say(chain.mesh)
    context.tell(`The mesh ${charter.name} is made: ${sayMeshId(chain.mesh)}`)
    context.tell(`Next: give ${out} to each bootstrap node (gumshoe-bootstrap run --charter ${out})`)
    context.tell(`      and to each person (gumshoe mesh join ${out}); compare the mesh id by voice.`)
    return true
  }
  context.say(id)
  await handOver(context, chain.envelopes(), `charter version ${charter.version}`)
  return true
}

/** Hands the document to the mesh; where no node is reached, it stays in the home and can be handed over later. */
const handOver = async (
  context: AdminContext,
  charters: readonly Uint8Array[],
  what: string
): Promise<void> => {
  try {
    await context.publish(charters)
    context.tell(`The ${what} is with the bootstrap nodes; connected members obey within 60 s.`)
  } catch (error) {
    if (!(error instanceof GumshoeError)) throw error
    throw new GumshoeError(
      error.code,
      `The ${what} is signed and kept in this home, but not handed over: ${error.message}`,
      {
        cause: error,
        fix: 'gumshoe mesh push, as soon as a bootstrap node can be reached.'
      }
    )
  }
}

/** True where the grant is complete and the enrolment file written; else it is saved for the next signer. */
export const finishGrant = async (
  context: AdminContext,
  draft: {
    envelope: Uint8Array
    charters: readonly Uint8Array[]
    seed: Uint8Array
    out: string
    saved: string
    /** The agent's executable, that the enrolment goes behind. */
    executable?: Uint8Array
  }
): Promise<boolean> => {
  const { envelope, charters, seed, out, saved, executable } = draft
  const now = context.clock.now()
  const chain = await CharterChain.open([...charters], now)
  const charter: Charter = chain.current.charter
  const standing = await grantStanding(envelope, charter, now)
  if (standing.missing > 0) {
    writePrivate(saved, encodeSaved({ what: 'grant', envelope, charters, seed }))
    waiting(context, standing, saved)
    if (executable)
      context.tell('Then put the enrolment file behind the executable: gumshoe enrol --binary … --from …')
    return false
  }
  const { bytes } = decodeEnvelope(envelope)
  const grant = read(bytes, 'gumshoe/grant/1')
  const enrolment = encodeEnrolment({ charters: [...charters], grant: envelope, seed })
  context.tell(
    `The grant ${documentId(bytes)} lets ${count(grant.hosts, 'host')} enrol until ${grant.notAfter}.`
  )
  if (executable) {
    finishPersonal(context, out, executable, enrolment)
    return true
  }
  writePrivate(out, enrolment)
  context.say(out)
  context.tell(`Next: on each host  gumshoe-agent run --enrol ${out}  and then remove the file there.`)
  return true
}

/** Writes an executable that enrols the host that it is started on. */
export const finishPersonal = (
  context: AdminContext,
  out: string,
  executable: Uint8Array,
  enrolment: Uint8Array
): void => {
  writeExecutable(out, personalise(executable, enrolment), 0o700)
  context.say(out)
  context.tell(
    `Next: copy ${out} to each host and there  sudo ./${basename(out)} install  (or run, to stay in the`
  )
  context.tell('      foreground). Until the grant ends it is as secret as an enrolment file.')
}
