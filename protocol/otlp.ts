/**
 * OpenTelemetry's metrics (OTLP 1.x, opentelemetry.proto.metrics.v1.MetricsData) as clients push
 * them (KIP-714). Fields that nobody here asks for are skipped.
 */
import { KafkaError } from './errors.ts'
import { ProtobufFields } from './protobuf.ts'

export type AttributeValue = string | number | boolean

export type MetricKind = 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary'

/** One value of one metric. */
export interface MetricPoint {
  readonly name: string
  /** Of the resource and of the point; those that are lists, maps or bytes are left out. */
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly kind: MetricKind
  /** Of histograms and summaries: the sum of what was observed. */
  readonly value: number
  /** Of histograms and summaries: how many were observed. */
  readonly count: number | undefined
}

/** By its number in a metric; `attributes` is the number of those in its points. */
const kinds: ReadonlyMap<number, { kind: MetricKind; attributes: number }> = new Map([
  [5, { kind: 'gauge', attributes: 7 }],
  [7, { kind: 'sum', attributes: 7 }],
  [9, { kind: 'histogram', attributes: 9 }],
  [10, { kind: 'exponentialHistogram', attributes: 1 }],
  [11, { kind: 'summary', attributes: 7 }],
])

/** Values and attributes of one message: far more than clients have, and little memory. */
const maxValues = 100_000

type Attribute = readonly [key: string, value: AttributeValue]

/** Throws INVALID_RECORD for what is no MetricsData message, TELEMETRY_TOO_LARGE for too much. */
export function readMetrics(data: Buffer): MetricPoint[] {
  const points: MetricPoint[] = []
  let values = 0
  const add = (point: MetricPoint, attributes: number): void => {
    values += 1 + attributes
    if (values > maxValues) throw new KafkaError('TELEMETRY_TOO_LARGE', 'too many metrics')
    points.push(point)
  }
  const fields = new ProtobufFields(data)
  while (fields.next()) if (fields.number === 1) readResource(fields, add)
  return points
}

type Add = (point: MetricPoint, attributes: number) => void

/** The resource comes first, but may come last. */
function readResource(owner: ProtobufFields, add: Add): void {
  const attributes: Attribute[] = []
  const forAttributes = owner.message()
  while (forAttributes.next()) {
    if (forAttributes.number === 1) readAttributes(forAttributes.message(), 1, attributes)
  }
  const fields = owner.message()
  while (fields.next()) {
    if (fields.number !== 2) continue
    const scope = fields.message()
    while (scope.next()) if (scope.number === 2) readMetric(scope, attributes, add)
  }
}

function readMetric(owner: ProtobufFields, resource: readonly Attribute[], add: Add): void {
  let name = ''
  const forName = owner.message()
  while (forName.next()) if (forName.number === 1) name = forName.string()
  const fields = owner.message()
  while (fields.next()) {
    const type = kinds.get(fields.number)
    if (type === undefined) continue
    const data = fields.message()
    while (data.next()) {
      if (data.number !== 1) continue
      const numbers = readNumbers(data.message(), type.kind)
      // A point may say that nothing was recorded.
      if (numbers === undefined) continue
      const attributes = [...resource]
      readAttributes(data.message(), type.attributes, attributes)
      const point = { name, attributes: Object.fromEntries(attributes), kind: type.kind }
      add({ ...point, ...numbers }, attributes.length)
    }
  }
}

type Numbers = Pick<MetricPoint, 'value' | 'count'>

function readNumbers(point: ProtobufFields, kind: MetricKind): Numbers | undefined {
  if (kind === 'gauge' || kind === 'sum') return readNumber(point)
  let [value, count] = [0, 0]
  while (point.next()) {
    if (point.number === 4) count = point.fixed64()
    if (point.number === 5) value = point.double()
  }
  return { value, count }
}

function readNumber(point: ProtobufFields): Numbers | undefined {
  let value: number | undefined
  while (point.next()) {
    if (point.number === 4) value = point.double()
    if (point.number === 6) value = point.sfixed64()
  }
  return value === undefined ? undefined : { value, count: undefined }
}

/** Adds the attributes in a field of a message. */
function readAttributes(message: ProtobufFields, field: number, attributes: Attribute[]): void {
  while (message.next()) {
    if (message.number !== field) continue
    const pair = message.message()
    let key = ''
    let value: AttributeValue | undefined
    while (pair.next()) {
      if (pair.number === 1) key = pair.string()
      if (pair.number === 2) value = readValue(pair.message())
    }
    if (value !== undefined) attributes.push([key, value])
    if (attributes.length > maxValues)
      throw new KafkaError('TELEMETRY_TOO_LARGE', 'too many attributes')
  }
}

function readValue(message: ProtobufFields): AttributeValue | undefined {
  let value: AttributeValue | undefined
  while (message.next()) {
    if (message.number === 1) value = message.string()
    else if (message.number === 2) value = message.bool()
    else if (message.number === 3) value = message.int64()
    else if (message.number === 4) value = message.double()
    else value = undefined
  }
  return value
}
