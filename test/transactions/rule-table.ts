/**
 * What Kafka 4.3 does with each request in each state of a transaction, written from its
 * TransactionCoordinator and TransactionMetadata. (Once a decision is stored, a transaction there
 * has a pending transition until its markers are written; so BUSY comes first in most lines.)
 *
 * Each line says what is asked for, and has a cell for each state. PrepareEpochFence and Dead are
 * no columns: Kafka never stores them, and nothing can be asked in them.
 *
 * MAPPING: INVALID_PRODUCER_ID_MAPPING. FENCED: PRODUCER_FENCED, or INVALID_PRODUCER_EPOCH where
 * the version of the request is too old for it. BUSY: CONCURRENT_TRANSACTIONS. INVALID:
 * INVALID_TXN_STATE. ABORTABLE: TRANSACTION_ABORTABLE. The others are outcomes, in small letters.
 */

/** None is an id that nobody has used. */
export const states = [
  'None',
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
] as const

export type State = (typeof states)[number]

/** InitProducerId v0–2, and later ones that name no producer. */
export const initAnew = `
  no producer       created  next     fences   BUSY     BUSY     next     next
`

/** InitProducerId since v3 of a producer that goes on (KIP-360). */
export const initAgain = `
  its epoch         created  raised   fences   BUSY     BUSY     raised   raised
  the last epoch    created  again    fences   BUSY     BUSY     again    again
  an older epoch    created  FENCED   fences   BUSY     BUSY     FENCED   FENCED
  a later epoch     created  FENCED   fences   BUSY     BUSY     FENCED   FENCED
  another id        created  FENCED   FENCED   BUSY     BUSY     FENCED   FENCED
`

/** The same when the producer has its last epoch: 32766. */
export const initAnewExhausted = `
  no producer       created  rotated  fences   BUSY     BUSY     rotated  rotated
`

/**
 * Where the epochs differ Kafka has UNKNOWN_SERVER_ERROR instead, for it raises the epoch before it
 * looks at the one that is asked for (TransactionMetadata.prepareIncrementProducerEpoch).
 */
export const initAgainExhausted = `
  its epoch         created  replaced fences   BUSY     BUSY     replaced replaced
  the last epoch    created  again    fences   BUSY     BUSY     again    again
  an older epoch    created  FENCED   fences   BUSY     BUSY     FENCED   FENCED
  another id        created  FENCED   FENCED   BUSY     BUSY     FENCED   FENCED
`

/** After the id was replaced, by who may have missed that. */
export const initOfLastId = `
  its last epoch    created  again    fences   BUSY     BUSY     again    again
  an older epoch    created  FENCED   FENCED   BUSY     BUSY     FENCED   FENCED
`

/** AddPartitionsToTxn, AddOffsetsToTxn, and what adds by itself: Produce, TxnOffsetCommit. */
export const add = `
  its epoch         MAPPING  begins   joins    BUSY     BUSY     begins   begins
  an older epoch    MAPPING  FENCED   FENCED   BUSY     BUSY     FENCED   FENCED
  a later epoch     MAPPING  FENCED   FENCED   BUSY     BUSY     FENCED   FENCED
  another id        MAPPING  MAPPING  MAPPING  BUSY     BUSY     MAPPING  MAPPING
`

/** The same of the partition that an open transaction has. */
export const addSame = `
  its epoch         MAPPING  begins   same     BUSY     BUSY     begins   begins
  an older epoch    MAPPING  FENCED   FENCED   BUSY     BUSY     FENCED   FENCED
  a later epoch     MAPPING  FENCED   FENCED   BUSY     BUSY     FENCED   FENCED
  another id        MAPPING  MAPPING  MAPPING  BUSY     BUSY     MAPPING  MAPPING
`

/** AddPartitionsToTxn that only asks, Produce and TxnOffsetCommit of clients that add before. */
export const verify = `
  its epoch         MAPPING ABORTABLE ABORTABLE BUSY    BUSY    ABORTABLE ABORTABLE
  an older epoch    MAPPING  FENCED   FENCED   FENCED   FENCED   FENCED   FENCED
  a later epoch     MAPPING  FENCED   FENCED   FENCED   FENCED   FENCED   FENCED
  another id        MAPPING  MAPPING  MAPPING  MAPPING  MAPPING  MAPPING  MAPPING
`

export const verifySame = `
  its epoch         MAPPING ABORTABLE same     BUSY     BUSY    ABORTABLE ABORTABLE
  an older epoch    MAPPING  FENCED   FENCED   FENCED   FENCED   FENCED   FENCED
  a later epoch     MAPPING  FENCED   FENCED   FENCED   FENCED   FENCED   FENCED
  another id        MAPPING  MAPPING  MAPPING  MAPPING  MAPPING  MAPPING  MAPPING
`

/** EndTxn v0–4: the epoch stays. */
export const commitInEpoch = `
  its epoch         MAPPING  INVALID  commits  BUSY     BUSY     same     INVALID
  the last epoch    MAPPING  FENCED   FENCED   FENCED   FENCED   FENCED   FENCED
  a later epoch     MAPPING  FENCED   FENCED   FENCED   FENCED   FENCED   FENCED
  another id        MAPPING  MAPPING  MAPPING  MAPPING  MAPPING  MAPPING  MAPPING
`

export const abortInEpoch = `
  its epoch         MAPPING  INVALID  aborts   BUSY     BUSY     INVALID  same
  the last epoch    MAPPING  FENCED   FENCED   FENCED   FENCED   FENCED   FENCED
  a later epoch     MAPPING  FENCED   FENCED   FENCED   FENCED   FENCED   FENCED
  another id        MAPPING  MAPPING  MAPPING  MAPPING  MAPPING  MAPPING  MAPPING
`

/** EndTxn v5: the epoch rises (KIP-890). */
export const commitWithNewEpoch = `
  its epoch         MAPPING  INVALID  commits2 BUSY     BUSY     INVALID  INVALID
  the last epoch    MAPPING  FENCED   FENCED   BUSY     BUSY     same     INVALID
  an older epoch    MAPPING  FENCED   FENCED   BUSY     BUSY     FENCED   FENCED
  a later epoch     MAPPING  FENCED   FENCED   BUSY     BUSY     FENCED   FENCED
  another id        MAPPING  MAPPING  MAPPING  BUSY     BUSY     MAPPING  MAPPING
`

export const abortWithNewEpoch = `
  its epoch         MAPPING  ends2    aborts2  BUSY     BUSY     ends2    ends2
  the last epoch    MAPPING  FENCED   FENCED   BUSY     BUSY     INVALID  same
  an older epoch    MAPPING  FENCED   FENCED   BUSY     BUSY     FENCED   FENCED
  a later epoch     MAPPING  FENCED   FENCED   BUSY     BUSY     FENCED   FENCED
  another id        MAPPING  MAPPING  MAPPING  BUSY     BUSY     MAPPING  MAPPING
`

/** EndTxn v5 in the last epoch, which has brought another id. */
export const commitOfLastId = `
  its last epoch    MAPPING  FENCED   FENCED   BUSY     BUSY     same     INVALID
  an older epoch    MAPPING  MAPPING  MAPPING  BUSY     BUSY     MAPPING  MAPPING
`

export const abortOfLastId = `
  its last epoch    MAPPING  FENCED   FENCED   BUSY     BUSY     INVALID  same
  an older epoch    MAPPING  MAPPING  MAPPING  BUSY     BUSY     MAPPING  MAPPING
`
