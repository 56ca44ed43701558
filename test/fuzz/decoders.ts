/**
 * Everything that reads bytes which others have made: each takes any bytes, and throws only what
 * says that they are wrong.
 */
import { compress, decompress } from '../../protocol/compression.ts'
import { decodeAssignment, decodeSubscription } from '../../protocol/consumer-protocol.ts'
import { parseMarker } from '../../protocol/control-records.ts'
import { decodeControllerRecord } from '../../protocol/controller-records.ts'
import { decodeGroupRecord } from '../../protocol/group-records.ts'
import { readRequestRest, readRequestStart } from '../../protocol/header.ts'
import { readMetrics } from '../../protocol/otlp.ts'
import { batchHeaderBytes } from '../../protocol/record-batch.ts'
import { checkRecords, decodeRecords } from '../../protocol/records.ts'
import { storedRecords } from '../../protocol/rewritten-batch.ts'
import { decodeTransactionRecord } from '../../protocol/transaction-records.ts'
import { Reader } from '../../protocol/wire.ts'
import { onlyBatch, validateBatch } from '../../src/batch-validation.ts'
import { SaslFailure } from '../../src/auth/sasl/mechanism.ts'
import { parseClientFinal, parseClientFirst } from '../../src/auth/sasl/scram-messages.ts'
import { createConfig, topicConfig } from '../../src/config.ts'
import { parseJaas } from '../../src/config/jaas.ts'
import { parseProperties } from '../../src/config/properties-file.ts'
import { FrameReader } from '../../src/frames.ts'
import { compilePattern } from '../../src/patterns.ts'
import { subjectName } from '../../src/tls/distinguished-name.ts'
import { principalMapping } from '../../src/tls/principal-mapping.ts'
import { cases } from '../protocol/every-api.ts'
import type { Dice } from '../simulation/dice.ts'
import { batch, payloadOf } from './payloads.ts'
import { sampleOf } from './samples.ts'
import { noise, SpanWriter, type Message } from './spans.ts'

export interface Decoder {
  name: string
  sample(dice: Dice): Message
  run(bytes: Buffer): unknown
}

const maxOutputBytes = 1024 * 1024

const plain = (bytes: Buffer): Message => ({ bytes, spans: [] })

const messages: readonly Decoder[] = cases.map(({ name, version, direction, schema, codec }) => ({
  name: `${name} v${version} ${direction}`,
  sample(dice) {
    const writer = new SpanWriter()
    codec.encode(writer, sampleOf(schema, version, dice))
    return writer.message()
  },
  run: bytes => codec.decode(new Reader(bytes)),
}))

const headers: readonly Decoder[] = [false, true].map(isFlexible => ({
  name: `request header ${isFlexible ? 2 : 1}`,
  sample: dice => plain(noise(dice, 30)),
  run(bytes) {
    const reader = new Reader(bytes)
    readRequestStart(reader)
    readRequestRest(reader, isFlexible)
  },
}))

const { config } = createConfig([])
const rules = { ...topicConfig({}, config), compressionType: 'gzip' as const }

/** Storage gives whole batches only. */
function ofStorage(run: (bytes: Buffer) => unknown): (bytes: Buffer) => unknown {
  return bytes => (bytes.length < batchHeaderBytes ? undefined : run(bytes))
}

const batches: readonly Decoder[] = [
  { name: 'records', run: (bytes: Buffer) => [...decodeRecords(bytes, maxOutputBytes)] },
  { name: 'record lengths', run: (bytes: Buffer) => checkRecords(bytes, maxOutputBytes) },
  { name: 'stored records', run: ofStorage(bytes => storedRecords(bytes, maxOutputBytes)) },
  { name: 'marker', run: ofStorage(parseMarker) },
  {
    name: 'produced batch',
    run: (bytes: Buffer) =>
      validateBatch(onlyBatch(Buffer.from(bytes), 9), rules, { nowMs: 2e12, opensAll: true }),
  },
].map(decoder => ({ ...decoder, sample: (dice: Dice) => plain(batch(dice)) }))

const compressions: readonly Decoder[] = [0, 1, 2, 3, 4].map(id => ({
  name: `compression ${id}`,
  sample: dice => plain(compress(id, Buffer.alloc(dice.pick([0, 1, 5000, 100_000]), 'sample '))),
  run: bytes => decompress(id, bytes, maxOutputBytes),
}))

const carried: readonly Decoder[] = [
  { name: 'subscription', run: decodeSubscription },
  { name: 'assignment', run: decodeAssignment },
  { name: 'metrics', run: readMetrics },
].map(decoder => ({
  ...decoder,
  sample: (dice: Dice) =>
    plain(payloadOf(decoder.name === 'metrics' ? 'metrics' : 'metadata', dice)),
}))

/** Of Kafka's own topics, as an import finds them: a key up to the given half, then a value. */
const keyed: readonly Decoder[] = [
  { name: 'group record', decode: decodeGroupRecord },
  { name: 'transaction record', decode: decodeTransactionRecord },
].map(({ name, decode }) => ({
  name,
  sample: (dice: Dice) => {
    const writer = new SpanWriter()
    writer.int16(dice.between(-1, 6))
    writer.int16(5)
    writer.text('group', 5)
    for (let i = 0; i < 8; i++) writer.int32(dice.between(-1, 5))
    return writer.message()
  },
  run: (bytes: Buffer) => decode(bytes.subarray(0, bytes.length / 2), bytes),
}))

const texts: readonly Decoder[] = [
  {
    name: 'properties',
    sample: () => plain(Buffer.from('a=b\n#c\nd\\=e : f\\\n  g\\u0041\n')),
    run: bytes => parseProperties(bytes.toString()),
  },
  {
    name: 'pattern',
    sample: dice =>
      plain(Buffer.from(dice.pick(['a|b*', '(x+x+)+y', '[[:alpha:]]{1,50}', '\\pL']))),
    run: bytes => compilePattern('pattern', bytes.toString())('x'.repeat(249)),
  },
]

/** Refusals of other kinds, which are as good. */
function refusing(isRefusal: (error: unknown) => boolean, run: (bytes: Buffer) => unknown) {
  return (bytes: Buffer): void => {
    try {
      run(bytes)
    } catch (error) {
      if (!isRefusal(error)) throw error
    }
  }
}

const isFailure = (error: unknown): boolean => error instanceof SaslFailure
const isJaasError = (error: unknown): boolean =>
  error instanceof RangeError && error.message.includes('JAAS')
const proof = Buffer.alloc(32).toString('base64')

const logins: readonly Decoder[] = [
  {
    name: 'first message of SCRAM',
    sample: dice =>
      plain(Buffer.from(dice.pick(['n,,n=a,r=b', 'n,a=a=2C,n=a=2C,r=b,tokenauth=true', 'y,,n=a']))),
    run: refusing(isFailure, parseClientFirst),
  },
  {
    name: 'final message of SCRAM',
    sample: dice => plain(Buffer.from(`c=biws,r=bc${dice.pick(['', ',e=f'])},p=${proof}`)),
    run: refusing(isFailure, parseClientFinal),
  },
  {
    name: 'JAAS config',
    sample: () => plain(Buffer.from('a.B required c="d\\101" /* e */ \'f\'=g; // h\n')),
    run: refusing(isJaasError, bytes => parseJaas(bytes.toString())),
  },
]

/** Of a RangeError of ours; those of Node.js have a code. */
const isNoDer = (error: unknown): boolean =>
  error instanceof RangeError && (error as NodeJS.ErrnoException).code === undefined

/** As little as it takes to have a name: C=DE, DC=test, OU=a,b, CN=alice. */
const certificate =
  '304e304c0201013000300030003041310b300906035504061302444531143012060a0992268993f2' +
  '2c640119160474657374310c300a060355040b0c03612c62310e300c06035504030c05616c696365'
const mapped = principalMapping('RULE:^CN=(.*?),(OU=.*|O=.*)?$/$1@$2/U,DEFAULT')

const names: readonly Decoder[] = [
  {
    name: 'name in a certificate',
    sample: () => plain(Buffer.from(certificate, 'hex')),
    run: refusing(isNoDer, subjectName),
  },
  {
    name: 'name that rules map',
    sample: () => plain(Buffer.from('CN=alice,OU=Team,O=Org')),
    run: bytes => mapped(bytes.toString()),
  },
]

const streams: readonly Decoder[] = [
  {
    name: 'frames',
    sample: dice => plain(Buffer.concat([Buffer.from('00000003', 'hex'), noise(dice, 40)])),
    run(bytes) {
      const reader = new FrameReader(1000)
      for (let at = 0; at < bytes.length; at += 7)
        Array.from(reader.push(bytes.subarray(at, at + 7)))
    },
  },
  {
    name: 'controller record',
    sample: dice => plain(Buffer.concat([Buffer.from([1, dice.below(30), 0]), noise(dice, 60)])),
    run: decodeControllerRecord,
  },
]

export const decoders: readonly Decoder[] = [
  ...messages,
  ...headers,
  ...batches,
  ...compressions,
  ...carried,
  ...keyed,
  ...texts,
  ...logins,
  ...names,
  ...streams,
]

/** By what there are few of, so that hundreds of messages do not crowd out the others. */
export const decoderKinds: readonly (readonly Decoder[])[] = [
  messages,
  messages,
  headers,
  batches,
  compressions,
  carried,
  keyed,
  texts,
  logins,
  names,
  streams,
]
