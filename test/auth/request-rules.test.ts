/** What dispatch refuses as a whole, over the wire. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeQuorum } from '../../protocol/apis/55-describe-quorum.ts'
import { unregisterBroker } from '../../protocol/apis/64-unregister-broker.ts'
import { errors } from '../../protocol/errors.ts'
import { clusterName } from '../../src/auth/acl-codes.ts'
import { requestRule } from '../../src/auth/required.ts'
import { handlers } from '../../src/handlers/index.ts'
import { loadHandlers } from '../../src/served-api.ts'
import { withAuthorizer } from '../handlers/acls.ts'
import { MemoryStorage } from '../handlers/memory-storage.ts'
import { RawClient } from '../raw-client.ts'
import { acl } from './acl-text.ts'
import { errorsIn, sampleOf } from './sample.ts'

const cases = (await loadHandlers(handlers)).flatMap(({ api }) => {
  const rule = requestRule(api.name)
  const [first, last] = api.versions
  if (rule === undefined) return []
  return Array.from({ length: last - first + 1 }, (_, i) => {
    return [api.name, first + i, rule.operation, api] as const
  })
})

describe('a whole request is refused, and only where it must be', () => {
  const resources = new AsyncDisposableStack()
  let nobody: RawClient
  const allowed = new Map<string, RawClient>()

  async function client(...acls: string[]): Promise<RawClient> {
    const storage = new MemoryStorage()
    await storage.commit(acls.map((text, i) => ({ kind: 'acl', key: `${i}`, value: acl(text) })))
    const broker = await storage.start(withAuthorizer)
    resources.defer(() => broker.close())
    return resources.use(await RawClient.connect(broker.bootstrapServers))
  }

  beforeAll(async () => {
    nobody = await client()
    for (const operation of new Set(cases.map(([, , needed]) => needed))) {
      const text = `allow User:ANONYMOUS to ${operation} cluster ${clusterName}`
      allowed.set(operation, await client(text))
    }
  })
  afterAll(() => resources.disposeAsync())

  it.each(cases)('%s v%i without %s', async (_name, version, _operation, api) => {
    const codes = errorsIn(await nobody.request(api, version, sampleOf(api.request, version)))
    const hasNoError = api.name === 'DescribeLogDirs' && version < 3
    expect(new Set(codes)).toEqual(new Set(hasNoError ? [] : [errors.CLUSTER_AUTHORIZATION_FAILED]))
  })

  it('and the client is told what it lacks', async () => {
    const answer = await nobody.request(unregisterBroker, 0, { brokerId: 7 })
    expect(answer.errorMessage).toBe('This takes the right alter on the cluster.')
    const described = await nobody.request(describeQuorum, 2, { topics: [] })
    expect(described.errorMessage).toBe('This takes the right describe on the cluster.')
  })

  it.each(cases)('%s v%i with %s', async (_name, version, operation, api) => {
    const by = allowed.get(operation)!
    const codes = errorsIn(await by.request(api, version, sampleOf(api.request, version)))
    expect(codes).not.toContain(errors.CLUSTER_AUTHORIZATION_FAILED)
  })
})
