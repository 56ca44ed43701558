/** Request and response headers, v0–v2 (KIP-482). The frame's size is not a part. */
import type { Reader, Writer } from './wire.ts'

export interface RequestHeader {
  apiKey: number
  apiVersion: number
  correlationId: number
  /** Null is what some clients send; Kafka treats it as ''. */
  clientId: string
}

/** The part that every version of the header has; enough to know what follows. */
export function readRequestStart(reader: Reader): Pick<RequestHeader, 'apiKey' | 'apiVersion'> {
  return { apiKey: reader.int16(), apiVersion: reader.int16() }
}

/** The rest: header v1, or v2 when the request's version is flexible. */
export function readRequestRest(
  reader: Reader,
  flexible: boolean,
): Pick<RequestHeader, 'correlationId' | 'clientId'> {
  const correlationId = reader.int32()
  const length = reader.int16()
  // Not a compact string even in v2, so that any broker can read it (KIP-511).
  const clientId = length < 0 ? '' : reader.text(length)
  if (flexible) skipTags(reader)
  return { correlationId, clientId }
}

export function writeRequestHeader(writer: Writer, header: RequestHeader, flexible: boolean): void {
  writer.int16(header.apiKey)
  writer.int16(header.apiVersion)
  writer.int32(header.correlationId)
  const length = Buffer.byteLength(header.clientId)
  writer.int16(length)
  writer.text(header.clientId, length)
  if (flexible) writer.uvarint(0)
}

/** Response header v1 in flexible versions, else v0. */
export function writeResponseHeader(
  writer: Writer,
  correlationId: number,
  flexible: boolean,
): void {
  writer.int32(correlationId)
  if (flexible) writer.uvarint(0)
}

export function readResponseHeader(reader: Reader, flexible: boolean): number {
  const correlationId = reader.int32()
  if (flexible) skipTags(reader)
  return correlationId
}

function skipTags(reader: Reader): void {
  const count = reader.uvarint()
  for (let i = 0; i < count; i++) {
    reader.uvarint()
    reader.skip(reader.uvarint())
  }
}
