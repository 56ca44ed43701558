/** Client telemetry in few words. */
import { getTelemetrySubscriptions } from '../../protocol/apis/71-get-telemetry-subscriptions.ts'
import { pushTelemetry } from '../../protocol/apis/72-push-telemetry.ts'
import { errorName } from '../../protocol/errors.ts'
import type { Infer, Input } from '../../protocol/schema.ts'
import { zeroUuid } from '../../protocol/wire.ts'
import type { RawClient } from '../raw-client.ts'

type Subscribed = Infer<typeof getTelemetrySubscriptions.response>
type PushFields = Partial<Input<typeof pushTelemetry.request>>

export function getSubscription(
  client: RawClient,
  clientInstanceId = zeroUuid,
): Promise<Subscribed> {
  return client.request(getTelemetrySubscriptions, 0, { clientInstanceId })
}

/** Nothing, uncompressed, not for the last time; the error by its name. */
export async function push(
  client: RawClient,
  { clientInstanceId, subscriptionId }: Pick<Subscribed, 'clientInstanceId' | 'subscriptionId'>,
  fields: PushFields = {},
): Promise<string> {
  const { throttleTimeMs, errorCode } = await client.request(pushTelemetry, 0, {
    clientInstanceId,
    subscriptionId,
    terminating: false,
    compressionType: 0,
    metrics: Buffer.alloc(0),
    ...fields,
  })
  if (throttleTimeMs !== 0) throw new Error(`throttled for ${throttleTimeMs} ms`)
  return errorName(errorCode)
}
