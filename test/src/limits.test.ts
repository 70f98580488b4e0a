import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIMITS } from '../../src/limits.ts'

const INVARIANTS: readonly [boolean, string][] = [
  [LIMITS.bodyBytes + 2 * LIMITS.smallBytes < LIMITS.frameBytes, 'a part of an answer fits one frame'],
  [LIMITS.flagFileBytes < LIMITS.actionBytes, 'the file of a flag fits an action'],
  [LIMITS.actionBytes < LIMITS.frameBytes, 'an action fits one frame'],
  [LIMITS.chunkBytes + LIMITS.smallBytes < LIMITS.frameBytes, 'a chunk of an attachment fits one frame'],
  [
    LIMITS.attachments * LIMITS.attachmentBytes <= LIMITS.hostAttachmentBytes,
    'a host can hold what one action names'
  ],
  [
    LIMITS.charterBytes + (LIMITS.signatures + 1) * LIMITS.signatureBytes < LIMITS.frameBytes,
    'a charter with its signatures fits one frame'
  ],
  [
    LIMITS.cancelMs >= 2 * LIMITS.windowMaxMs + 3 * LIMITS.clockSkewMs,
    'a cancel outlives what it may concern'
  ],
  [
    LIMITS.pulseMs + LIMITS.pulseAnswerMs <= 15_000,
    'a wire that was dead for 8 s and more is dialled anew within 10 s of being mended'
  ],
  [LIMITS.sessionMs < LIMITS.voucherMs, 'a session ends before its voucher'],
  [LIMITS.diskFloorBytes >= 4 * LIMITS.ballastBytes, 'the ballast frees what LevelDB needs to open'],
  [LIMITS.rows <= LIMITS.rowsMax, 'the default rows are within the most'],
  [
    LIMITS.standingAnswersPerAgentAction >= LIMITS.standingParts + LIMITS.answersPerAgentAction &&
      LIMITS.standingAnswerBytesPerAgentAction >= LIMITS.standingBytes + LIMITS.answerBytesPerAgentAction,
    'a node keeps what a standing operation may send'
  ],
  [
    LIMITS.feedHostBytes >= 2 * LIMITS.standingAnswerBytesPerAgentAction,
    'a console hears all that a node keeps of a standing operation'
  ]
]

for (const [holds, what] of INVARIANTS) test(`whichever limit is tuned, ${what}`, () => assert.ok(holds))
