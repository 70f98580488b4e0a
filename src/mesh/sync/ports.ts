import type { Member } from '../../trust/membership.ts'

/** What travels and is kept: an envelope as received and, for answers, the sealed body beside it. */
export interface Parcel {
  /** The encoded envelope, byte for byte. */
  readonly envelope: Uint8Array
  readonly body?: Uint8Array
}

/** A peer whose membership was judged inside the connection encrypter. */
export type Caller = Member

export interface Hello {
  readonly charterVersion: number
  readonly charterId: string
}

/** A receipt's encoded envelope, or the code with which the document was refused. */
export type PutReply =
  | { readonly receipt: Uint8Array }
  | { readonly refused: string; readonly message: string }

/** Where a follower stands in one node's change feed; another incarnation starts from zero. */
export interface Cursor {
  readonly node: string
  readonly incarnation: string
  readonly sequence: number
}

export interface FollowFilter {
  /** Kinds to send; all when absent. */
  readonly kinds?: readonly string[]
  /** Only what concerns this action. */
  readonly action?: string
  /** End at the present instead of waiting for more. */
  readonly untilNow?: boolean
}

export interface FeedItem {
  readonly cursor: Cursor
  readonly kind: string
  readonly id: string
  readonly parcel: Parcel
  /** True on the first item (or mark) that is news rather than the past. */
  readonly live: boolean
}

/** A mark without a document: the follower has seen all that there is up to here. */
export interface FeedMark {
  readonly cursor: Cursor
  readonly caughtUp: true
}

/** What an agent is missing: ids to want, in the order in which to take them (charters and cancels came first). */
export interface OpenReply {
  readonly missing: readonly string[]
  readonly cancels: readonly Uint8Array[]
}

/** Agents that are connected to a node now. */
export interface PresentReply {
  readonly peers: readonly string[]
  /** False where they are only some of them. */
  readonly whole: boolean
}

/** A part of an attachment, which an action names by its hash. */
export interface Chunk {
  readonly attachment: string
  readonly offset: number
  readonly chunk: Uint8Array
}

/** What the serving side fills in; each method applies read control for the caller (design 6) and throws GumshoeError. */
export interface SyncPort {
  hello(): Hello
  put(caller: Caller, parcel: Parcel): Promise<PutReply>
  want(caller: Caller, id: string): Promise<Parcel | undefined>
  /** Takes a part of an attachment. Resolves to where to go on; at its end once the whole is proved and kept. */
  putChunk(caller: Caller, chunk: Chunk): Promise<number>
  /** The part of an attachment that begins there; undefined where it is not here for the caller. */
  wantChunk(caller: Caller, attachment: string, offset: number): Promise<Uint8Array | undefined>
  /** Envelopes of the charters above a version, in order. */
  charters(caller: Caller, above: number): Promise<readonly Uint8Array[]>
  /** Compares the set of open actions of the caller's topics with what it has. */
  open(caller: Caller, topics: readonly string[], have: readonly string[]): Promise<OpenReply>
  /** The caller's own chain head, as this side knows it, with the actions it has answered there. */
  head(caller: Caller): Promise<{ seq: number; id: string; actions: readonly string[] } | undefined>
  /** Multiaddrs of a few other agents that listen. */
  neighbours(caller: Caller): Promise<readonly string[]>
  /** Agents that are connected here now. */
  present(caller: Caller): Promise<PresentReply>
  follow(
    caller: Caller,
    filter: FollowFilter,
    cursors: readonly Cursor[],
    signal: AbortSignal
  ): AsyncIterable<FeedItem | FeedMark>
}

/** The asking side of one peer: the same verbs over its long-lived stream. */
export interface SyncClient {
  readonly peer: string
  readonly caller: Caller
  hello(): Promise<Hello>
  put(parcel: Parcel): Promise<PutReply>
  want(id: string): Promise<Parcel | undefined>
  putChunk(chunk: Chunk): Promise<number>
  wantChunk(attachment: string, offset: number): Promise<Uint8Array | undefined>
  charters(above: number): Promise<readonly Uint8Array[]>
  open(topics: readonly string[], have: readonly string[]): Promise<OpenReply>
  head(): Promise<{ seq: number; id: string; actions: readonly string[] } | undefined>
  neighbours(): Promise<readonly string[]>
  present(): Promise<PresentReply>
  follow(
    filter: FollowFilter,
    cursors: readonly Cursor[],
    signal: AbortSignal
  ): AsyncIterable<FeedItem | FeedMark>
}
