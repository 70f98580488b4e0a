import { decodeEnvelope } from '../src/documents/envelope.ts'
import { type DocumentOf, KINDS, type Kind, read } from '../src/documents/read.ts'
import { type Index, type Kept, padded } from '../src/store/kept.ts'

/**
 * What a bootstrap node finds each kind of document by, from the document alone, so that an audit can write the indexes
 * again: actions and what concerns them, each agent's chain of answers, grants with their members, latest presences.
 */
export const indexOf = ({ kind, id, parcel }: Kept): Index =>
  Object.hasOwn(KINDS, kind) ? indexOfRead(id, read(decodeEnvelope(parcel.envelope).bytes, kind as Kind)) : {}

/** Likewise, of a document that was read already. */
export const indexOfRead = (id: string, document: DocumentOf<Kind>): Index => {
  switch (document.kind) {
    case 'gumshoe/action/1':
    case 'gumshoe/action/2':
      return { action: id }
    case 'gumshoe/answer/1': {
      const { action, agent, op, part, seq } = document
      return { action, place: `${agent}/${op}/${padded(part)}`, also: [inChain(agent, seq, action)] }
    }
    case 'gumshoe/dropped/1': {
      const { action, agent, seq } = document
      return { action, place: `${agent}/`, also: [inChain(agent, seq, action)] }
    }
    case 'gumshoe/presence/1':
      return { latest: { name: `presence/${document.peer}`, counter: document.counter } }
    case 'gumshoe/cancel/1':
      return { action: document.action }
    case 'gumshoe/keywrap/1':
      return { action: document.action, place: document.reader }
    case 'gumshoe/membership/1': {
      const { grant, peer } = document
      return { action: grant, place: peer, also: [{ subject: `peer:${peer}`, place: grant }] }
    }
    default:
      return {}
  }
}

/** Its place in its agent's chain; `placeInChain` reads it. */
const inChain = (agent: string, seq: number, action: string) => ({
  subject: `chain:${agent}`,
  place: `${padded(seq)}/${action}`
})

export const placeInChain = (place: string): { seq: number; action: string } => {
  const [seq, action] = place.split('/')
  return { seq: Number(seq), action: action! }
}
