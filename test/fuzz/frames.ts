/** Requests as frames without their size: well-formed, and damaged. */
import type { Api } from '../../protocol/api.ts'
import { writeRequestHeader } from '../../protocol/header.ts'
import { apis } from '../protocol/every-api.ts'
import type { Dice } from '../simulation/dice.ts'
import { sampleOf } from './samples.ts'
import { damaged, SpanWriter, type Message } from './spans.ts'

const clientIds = ['client', '', 'two words', '\u001b[31m\r\n{"level":"error"}', 'x'.repeat(1000)]

/** A request that the schema allows, of any API and version. */
function sampleRequest(dice: Dice, only: readonly Api[] = apis): Message {
  const api = dice.pick(only)
  const version = dice.between(api.versions[0], api.versions[1])
  const writer = new SpanWriter()
  // Of another version, or of another API, than the body.
  const spoken = dice.chance(0.03) ? dice.between(-1, 20) : version
  const { key } = dice.chance(0.02) ? dice.pick(apis) : api
  writeRequestHeader(
    writer,
    { apiKey: key, apiVersion: spoken, correlationId: 1, clientId: dice.pick(clientIds) },
    api.isFlexible(version),
  )
  api.requestCodec(version).encode(writer, sampleOf(api.request, version, dice) as never)
  return writer.message()
}

/** The frame of a case: some are well-formed, to get as far as state. */
export function frameCase(dice: Dice, only?: readonly Api[]): Buffer {
  const message = sampleRequest(dice, only)
  return dice.chance(0.3) ? message.bytes : damaged(message, dice)
}
