import type { Dispatched, Encode } from '../dispatch.ts'
import type { RequestThrottle } from './request-throttle.ts'

/**
 * Answers first, says for how long the client is to be quiet, and has its connection muted for as
 * long (KIP-219): whether the client heeds it or not, nothing is read.
 */
export function throttledEncode(
  throttle: RequestThrottle,
  dispatched: Dispatched,
  encode: Encode,
): Encode {
  dispatched.written = writeMs => throttle.written(writeMs)
  return (response, isRefused = false) => {
    throttle.resume()
    const muteMs = throttle.answered({ hasAnswer: response !== undefined, isRefused })
    if (muteMs > 0) dispatched.muteMs = muteMs
    const isTold = muteMs > 0 && response !== undefined
    const reply = encode(isTold ? { ...(response as object), throttleTimeMs: muteMs } : response)
    throttle.encoded(sizeOf(reply ?? []))
    throttle.pause()
    return reply
  }
}

function sizeOf(parts: readonly Buffer[]): number {
  let bytes = 0
  for (const part of parts) bytes += part.length
  return bytes
}
