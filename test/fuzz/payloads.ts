/** What byte fields carry: record batches, the consumer protocol, OTLP, SASL tokens. */
import { compress } from '../../protocol/compression.ts'
import { crc32c } from '../../protocol/crc32c.ts'
import { batchHeaderBytes } from '../../protocol/record-batch.ts'
import { encodeBatch } from '../../protocol/records.ts'
import { Writer } from '../../protocol/wire.ts'
import { at, withBody } from '../handlers/batches.ts'
import type { Dice } from '../simulation/dice.ts'
import { damaged, noise } from './spans.ts'

/** Of a field of this name. */
export function payloadOf(name: string, dice: Dice): Buffer {
  const bytes = wellFormed(name, dice)
  return dice.chance(0.3) && bytes.length > 0 ? damaged({ bytes, spans: [] }, dice) : bytes
}

function wellFormed(name: string, dice: Dice): Buffer {
  if (/records/i.test(name)) return batch(dice)
  if (/metrics/i.test(name)) return protobuf(dice, 3)
  if (/auth/i.test(name)) return token(dice)
  if (/metadata|assignment/i.test(name)) return consumerProtocol(dice)
  return noise(dice, 40)
}

const time = 1_700_000_000_000

/** Intact, or with damage behind a checksum that fits. */
export function batch(dice: Dice): Buffer {
  const records = Array.from({ length: dice.between(1, 4) }, () => ({
    timestamp: dice.pick([time, -1, time + 5]),
    key: dice.chance(0.5) ? null : Buffer.from('key'),
    value: dice.pick([null, Buffer.from('value'), Buffer.alloc(5000, 7)]),
    headers: dice.chance(0.2) ? [{ key: '__proto__', value: noise(dice, 8) }] : [],
  }))
  const whole = encodeBatch({
    records,
    compression: dice.below(5),
    producerId: dice.pick([-1, -1, 1]),
    producerEpoch: dice.pick([-1, 0]),
    baseSequence: dice.pick([-1, 0, 1]),
    isTransactional: dice.chance(0.2),
    isControl: dice.chance(0.05),
  })
  if (dice.chance(0.4)) return whole
  if (dice.chance(0.2)) return bomb(dice)
  if (dice.chance(0.4)) {
    const body = whole.subarray(batchHeaderBytes)
    return withBody(whole, damaged({ bytes: body, spans: [] }, dice))
  }
  const fields = [at.attributes, at.lastOffsetDelta, at.baseTimestamp, at.recordCount]
  const position = dice.pick([...fields, at.baseSequence, at.producerId, at.attributes + 1])
  whole[position + dice.below(2)] = dice.below(256)
  whole.writeUInt32BE(crc32c(whole.subarray(at.attributes)), at.crc)
  return whole
}

const bombRecords = 500_000
/** A key of one byte, and nothing else. */
const smallRecord = Buffer.from([14, 0, 0, 0, 2, 65, 1, 0])

/** A few kilobytes that become half a million records; each format once, for that takes time. */
const bombs: Buffer[] = []

function bomb(dice: Dice): Buffer {
  const compression = dice.between(1, 4)
  const records = (): Buffer => Buffer.alloc(bombRecords * smallRecord.length, smallRecord)
  bombs[compression] ??= compress(compression, records())
  const shell = encodeBatch({ records: [{ timestamp: time, key: null, value: null }] })
  shell.writeInt16BE(compression, at.attributes)
  shell.writeInt32BE(bombRecords, at.recordCount)
  shell.writeInt32BE(bombRecords - 1, at.lastOffsetDelta)
  return withBody(shell, bombs[compression])
}

function consumerProtocol(dice: Dice): Buffer {
  const writer = new Writer()
  writer.int16(dice.between(-1, 4))
  const topics = dice.between(0, 2)
  writer.int32(topics)
  for (let i = 0; i < topics; i++) {
    writer.int16(6)
    writer.text(`fuzz-${i}`, 6)
  }
  writer.int32(dice.pick([-1, 0]))
  writer.int32(0)
  writer.int32(dice.pick([-1, 1]))
  writer.int16(-1)
  return Buffer.concat(writer.finish())
}

/** Fields of any type and number, nested as deep. */
function protobuf(dice: Dice, depth: number): Buffer {
  const writer = new Writer()
  const fields = dice.between(0, 5)
  for (let i = 0; i < fields; i++) {
    const type = dice.pick([0, 1, 2, 2, 2, 5])
    writer.uvarint((dice.between(0, 12) << 3) | type)
    if (type === 0) writer.uvarint(dice.below(2 ** 31))
    else if (type === 1) writer.float64(dice.random())
    else if (type === 5) writer.int32(dice.below(2 ** 31))
    else {
      const inner = depth > 0 && dice.chance(0.8) ? protobuf(dice, depth - 1) : noise(dice, 12)
      writer.uvarint(inner.length)
      writer.raw(inner)
    }
  }
  return Buffer.concat(writer.finish())
}

const tokens: readonly string[] = [
  '\0alice\0alice-secret',
  'alice\0alice\0wrong',
  '\0\0',
  'n,,n=alice,r=fyko+d2lbbFgONRv9qkxdawL',
  'n,a=bob,n=a=2Cb=3D,r=,m=1',
  'y,,n==XX,r=fyko',
  'p=tls-unique,,n=alice,r=fyko',
  'c=biws,r=fyko+d2lbbFgONRv9qkxdawL,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
  'n,,\u0001auth=Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.\u0001\u0001',
  'n,a=alice,\u0001auth=Bearer x.y.z\u0001key=\u0001\u0001',
  '\u0001',
]

export function token(dice: Dice): Buffer {
  return dice.chance(0.1) ? Buffer.alloc(70_000, 'x') : Buffer.from(dice.pick(tokens))
}
