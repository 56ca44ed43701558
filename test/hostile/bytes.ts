/** Requests byte by byte: written down, or well-formed ones with some of their bytes replaced. */
import type { Api } from '../../protocol/api.ts'
import { frameOf, requestFrame } from '../raw-client.ts'

const correlationId = 1

export function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(' ', ''), 'hex')
}

/** A frame of these bytes. */
export function frame(text: string): Buffer {
  return frameOf(hex(text))
}

/** A well-formed request. */
export function request<RequestIn>(
  api: Pick<Api<unknown, RequestIn>, 'key' | 'isFlexible' | 'requestCodec'>,
  version: number,
  body: RequestIn,
  id = correlationId,
): Buffer {
  return requestFrame(api, version, body, id)
}

/** A request of which these bytes, which it has once, are others. Its size follows. */
export function edited(whole: Buffer, from: string, to: string): Buffer {
  const payload = whole.subarray(4)
  const bytes = hex(from)
  const at = payload.indexOf(bytes)
  if (at < 0 || payload.includes(bytes, at + 1)) throw new Error(`not once in there: ${from}`)
  return frameOf(
    Buffer.concat([payload.subarray(0, at), hex(to), payload.subarray(at + bytes.length)]),
  )
}

/** A request without its last bytes, or with more of them. */
export function resized(whole: Buffer, byBytes: number): Buffer {
  const payload = whole.subarray(4)
  if (byBytes < 0) return frameOf(payload.subarray(0, byBytes))
  return frameOf(Buffer.concat([payload, Buffer.alloc(byBytes, 0xee)]))
}
