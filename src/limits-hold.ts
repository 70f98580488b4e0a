import type { LIMITS } from './limits.ts'

/** What must hold between the limits, whichever of them is tuned. Throws, at load, where it does not. */
export const assertLimits = (limits: typeof LIMITS): void => {
  for (const [holds, what] of invariants(limits))
    if (!holds) throw new Error(`limits.ts: it no longer holds that ${what}`)
}

const invariants = (limits: typeof LIMITS): readonly [boolean, string][] => [
  [limits.bodyBytes + 2 * limits.smallBytes < limits.frameBytes, 'a part of an answer fits one frame'],
  [limits.flagFileBytes < limits.actionBytes, 'the file of a flag fits an action'],
  [limits.actionBytes < limits.frameBytes, 'an action fits one frame'],
  [limits.chunkBytes + limits.smallBytes < limits.frameBytes, 'a chunk of an attachment fits one frame'],
  [
    limits.attachments * limits.attachmentBytes <= limits.hostAttachmentBytes,
    'a host can hold what one action names'
  ],
  [
    limits.charterBytes + (limits.signatures + 1) * limits.signatureBytes < limits.frameBytes,
    'a charter with its signatures fits one frame'
  ],
  [
    limits.cancelMs >= 2 * limits.windowMaxMs + 3 * limits.clockSkewMs,
    'a cancel outlives what it may concern'
  ],
  [
    limits.pulseMs + limits.pulseAnswerMs <= 15_000,
    'a wire that was dead for 8 s and more is dialled anew within 10 s of being mended'
  ],
  [limits.sessionMs < limits.voucherMs, 'a session ends before its voucher'],
  [limits.diskFloorBytes >= 4 * limits.ballastBytes, 'the ballast frees what LevelDB needs to open'],
  [limits.rows <= limits.rowsMax, 'the default rows are within the most'],
  [
    limits.standingAnswersPerAgentAction >= limits.standingParts + limits.answersPerAgentAction &&
      limits.standingAnswerBytesPerAgentAction >= limits.standingBytes + limits.answerBytesPerAgentAction,
    'a node keeps what a standing operation may send'
  ],
  [
    limits.feedHostBytes >= 2 * limits.standingAnswerBytesPerAgentAction,
    'a console hears all that a node keeps of a standing operation'
  ]
]
