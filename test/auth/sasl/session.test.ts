import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiVersions } from '../../../protocol/apis/18-api-versions.ts'
import { errors } from '../../../protocol/errors.ts'
import { ConnectionClosed } from '../../raw-client.ts'
import { authenticate, handshaken, plainToken, saslBroker } from './broker.ts'

describe('a SASL session', () => {
  let broker: Awaited<ReturnType<typeof saslBroker>>
  beforeAll(async () => {
    broker = await saslBroker()
  })
  afterAll(() => broker[Symbol.asyncDispose]())

  it('serves who has shown a password', async () => {
    await using client = await handshaken(broker.sasl, 'PLAIN')
    const answer = await authenticate(client, plainToken('alice', 'alice-secret'))
    expect(answer).toMatchObject({ errorCode: errors.NONE, errorMessage: null })
    expect(await client.request(apiVersions, 0, {})).toMatchObject({ errorCode: errors.NONE })
  })

  it('ends with who has not', async () => {
    await using client = await handshaken(broker.sasl, 'PLAIN')
    const answer = await authenticate(client, plainToken('alice', 'bob-secret'))
    expect(answer).toMatchObject({
      errorCode: errors.SASL_AUTHENTICATION_FAILED,
      errorMessage: 'Authentication failed: Invalid username or password',
    })
    await expect(client.request(apiVersions, 0, {})).rejects.toThrow(ConnectionClosed)
  })
})
