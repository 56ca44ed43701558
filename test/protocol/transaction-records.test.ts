/** The bytes are those that Apache Kafka 4.3.1 has written to __transaction_state. */
import { describe, expect, it } from 'vitest'
import {
  decodeTransactionRecord,
  encodeTransactionRecord,
  type TransactionRecord,
} from '../../protocol/transaction-records.ts'

const key = 'AAAABHR4LTE='
const named = { transactionalId: 'tx-1' }
const base = {
  producerId: 0,
  previousProducerId: 0,
  nextProducerId: -1,
  nextProducerEpoch: -1,
  transactionTimeoutMs: 60_000,
}

const written: Record<string, [TransactionRecord, value: string | null]> = {
  'a new producer': [
    {
      ...named,
      value: {
        ...base,
        producerEpoch: 0,
        transactionStatus: 0,
        transactionPartitions: null,
        transactionLastUpdateTimestampMs: 1_795_299_688_581,
        transactionStartTimestampMs: -1,
        clientTransactionVersion: 0,
      },
    },
    'AAEAAAAAAAAAAAAAAADqYAAAAAABogAzQIX//////////wEACAAAAAAAAAAA',
  ],
  'an open transaction': [
    {
      ...named,
      value: {
        ...base,
        producerEpoch: 1,
        transactionStatus: 1,
        transactionPartitions: [{ topic: '__consumer_offsets', partitionIds: [46] }],
        transactionLastUpdateTimestampMs: 1_795_299_689_071,
        transactionStartTimestampMs: 1_795_299_689_071,
        clientTransactionVersion: 0,
      },
    },
    [
      'AAEAAAAAAAAAAAABAADqYAECE19fY29uc3VtZXJfb2Zmc2V0cwIAAAAuAAAAAaIAM0JvAAABogAzQm8BAAgAAAAA',
      'AAAAAA==',
    ].join(''),
  ],
  'an abort that is complete, of a client that knows KIP-890': [
    {
      ...named,
      value: {
        ...base,
        producerEpoch: 1,
        transactionStatus: 5,
        transactionPartitions: [],
        transactionLastUpdateTimestampMs: 1_795_299_689_010,
        transactionStartTimestampMs: 1_795_299_688_998,
        clientTransactionVersion: 2,
      },
    },
    'AAEAAAAAAAAAAAABAADqYAUBAAABogAzQjIAAAGiADNCJgIACAAAAAAAAAAAAgIAAg==',
  ],
  'an id that is forgotten': [{ ...named, value: null }, null],
}

describe.each(Object.entries(written))('the record of %s', (_, [record, value]) => {
  it('has the bytes of Kafka', () => {
    const encoded = encodeTransactionRecord(record)
    expect(encoded.key.toString('base64')).toBe(key)
    expect(encoded.value?.toString('base64') ?? null).toBe(value)
  })

  it('is read', () => {
    const bytes = value === null ? null : Buffer.from(value, 'base64')
    expect(decodeTransactionRecord(Buffer.from(key, 'base64'), bytes)).toEqual(record)
  })
})

it('is read in version 0, too, which has no tagged fields', () => {
  const value = Buffer.from(
    `0000 0000000000000007 0002 0000ea60 01 00000001 0001 74 00000002 00000000 00000003
     000001a200334085 000001a200334084`.replaceAll(/\s/g, ''),
    'hex',
  )
  expect(decodeTransactionRecord(Buffer.from(key, 'base64'), value)).toEqual({
    ...named,
    value: {
      ...base,
      producerId: 7,
      previousProducerId: -1,
      producerEpoch: 2,
      transactionStatus: 1,
      transactionPartitions: [{ topic: 't', partitionIds: [0, 3] }],
      transactionLastUpdateTimestampMs: 1_795_299_688_581,
      transactionStartTimestampMs: 1_795_299_688_580,
      clientTransactionVersion: 0,
    },
  })
})

it('of another type or a later version is not understood', () => {
  expect(decodeTransactionRecord(Buffer.from('AAEABHR4LTE=', 'base64'), null)).toBeUndefined()
  const later = Buffer.from([0, 2])
  expect(decodeTransactionRecord(Buffer.from(key, 'base64'), later)).toBeUndefined()
})
