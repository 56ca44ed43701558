import { expect, it } from 'vitest'
import { saslHandshake } from '../../protocol/apis/17-sasl-handshake.ts'
import { apiVersions } from '../../protocol/apis/18-api-versions.ts'
import { saslAuthenticate } from '../../protocol/apis/36-sasl-authenticate.ts'
import { errors } from '../../protocol/errors.ts'
import { useBroker, versionsOf } from './wire.ts'

const wire = useBroker()
const token = Buffer.from('\0user\0password')

it.each(versionsOf(saslAuthenticate))(
  'SaslAuthenticate v%i is refused where there is no SASL (Kafka: KafkaApis)',
  async version => {
    const client = await wire.connect()
    const request = { authBytes: token }
    const refused = {
      errorCode: errors.ILLEGAL_SASL_STATE,
      errorMessage: expect.any(String),
      authBytes: Buffer.alloc(0),
      sessionLifetimeMs: 0,
    }
    expect(await client.request(saslAuthenticate, version, request)).toEqual(refused)
    await client.request(saslHandshake, 1, { mechanism: 'PLAIN' })
    expect(await client.request(saslAuthenticate, version, request)).toEqual(refused)
    expect((await client.request(apiVersions, 0, {})).errorCode).toBe(errors.NONE)
  },
)
