import { expect, it } from 'vitest'
import { saslHandshake } from '../../protocol/apis/17-sasl-handshake.ts'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { errors } from '../../protocol/errors.ts'
import { useBroker, versionsOf } from './wire.ts'

const wire = useBroker()

it.each(versionsOf(saslHandshake))(
  'SaslHandshake v%i is refused where there is no SASL (Kafka: KafkaApis)',
  async version => {
    const client = await wire.connect()
    for (const mechanism of ['PLAIN', 'SCRAM-SHA-512', '', '__proto__']) {
      const answer = await client.request(saslHandshake, version, { mechanism })
      expect(answer).toEqual({ errorCode: errors.ILLEGAL_SASL_STATE, mechanisms: [] })
    }
    expect((await client.request(apiVersions, 0, {})).errorCode).toBe(errors.NONE)
  },
)
