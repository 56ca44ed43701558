/** A handler that a fault gets in the way of. */
import { KafkaError } from '../../protocol/errors.ts'
import type { Dispatched, Encode, Reply } from '../dispatch.ts'
import { Disconnect, type Context, type Handler } from '../handler.ts'
import { corrupted, staleMetadata } from './changed-answer.ts'
import { dividedAnswer } from './divided-answer.ts'
import type { Injection } from './injection.ts'

/** Does to a request what the fault says; whoever dispatches it sees nothing but a handler. */
export function injectedHandler(handler: Handler, injection: Injection): Handler {
  return {
    ...handler,
    async run(request, context) {
      const { delayMs, isAfterApply } = injection.rule
      if (!isAfterApply) await injection.pause(delayMs)
      const answered = await settled(() => afflicted(handler, request, injection, context))
      if (isAfterApply) await injection.pause(delayMs)
      return answered()
    },
  }
}

async function afflicted(
  handler: Handler,
  request: unknown,
  injection: Injection,
  context: Context,
): Promise<unknown> {
  const { effect, topics, rule } = injection
  const { isAfterApply } = rule
  const apply = async (): Promise<unknown> => handler.run(request, context)
  switch (effect.kind) {
    case 'error': {
      if (topics !== undefined) {
        const refusal = { error: effect.error, topics, isAfterApply }
        const applied = await settled(() => dividedAnswer(handler, request, refusal, context))
        injection.fired()
        return applied()
      }
      if (isAfterApply) await settled(apply)
      injection.fired()
      throw new KafkaError(effect.error)
    }
    case 'disconnect':
    case 'drop': {
      if (isAfterApply) await settled(apply)
      injection.fired()
      if (effect.kind === 'drop') await injection.silence(context.closed)
      throw new Disconnect(`fault: ${injection.label}`)
    }
    case 'corrupt': {
      const answer = await apply()
      const damaged = corrupted(answer, rule, context)
      if (damaged === undefined || !injection.claim()) return answer
      injection.fired()
      return damaged
    }
    case 'stale-metadata': {
      const answer = await apply()
      injection.fired()
      return staleMetadata(answer, rule, context)
    }
    default: {
      const applied = await settled(apply)
      injection.fired()
      return applied()
    }
  }
}

/** Runs it to its end, and gives what it gave: its answer, or what it threw. */
async function settled<T>(run: () => Promise<T>): Promise<() => T> {
  try {
    const value = await run()
    return () => value
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/** What happens to the answer on its way out, an error's as well. */
export function injectedEncode(
  injection: Injection,
  dispatched: Dispatched,
  encode: Encode,
): Encode {
  const { effect, rule } = injection
  switch (effect.kind) {
    case 'throttle':
      return (response, isRefused) => {
        dispatched.muteMs = Math.max(dispatched.muteMs ?? 0, rule.throttleMs)
        if (response === undefined) return encode(response, isRefused)
        return encode({ ...(response as object), throttleTimeMs: rule.throttleMs }, isRefused)
      }
    case 'truncate':
      return (response, isRefused) => {
        dispatched.closeAfterMs = 0
        return firstHalf(encode(response, isRefused))
      }
    default:
      return encode
  }
}

function firstHalf(reply: Reply): Reply {
  if (reply === undefined) return undefined
  const bytes = Buffer.concat(reply)
  return [bytes.subarray(0, Math.ceil(bytes.length / 2))]
}
