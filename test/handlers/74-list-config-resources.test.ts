import { describe, expect, it } from 'vitest'
import { listConfigResources } from '../../protocol/apis/74-list-config-resources.ts'
import { ConfigClient, DELETE, resource, SET } from './configs.ts'
import { named, uniqueName, useBroker } from './wire.ts'

const wire = useBroker()
const configs = new ConfigClient(() => wire.client)

async function list(version: number, resourceTypes: number[] = []) {
  return named(await wire.client.request(listConfigResources, version, { resourceTypes }))
}

/** Another test's resources may come and go. */
async function names(version: number, type: number, asked: number[] = []): Promise<string[]> {
  const { configResources } = await list(version, asked)
  return configResources
    .filter(({ resourceType }) => resourceType === type)
    .map(({ resourceName }) => resourceName)
}

describe('ListConfigResources', () => {
  it('v0 lists client metrics subscriptions as long as something is set', async () => {
    const name = uniqueName()
    await expect.poll(() => names(0, resource.clientMetrics)).not.toContain(name)
    await configs.change(resource.clientMetrics, name, [['interval.ms', SET, '500']])
    await expect.poll(() => names(0, resource.clientMetrics)).toContain(name)
    await configs.change(resource.clientMetrics, name, [['interval.ms', DELETE, null]])
    await expect.poll(() => names(0, resource.clientMetrics)).not.toContain(name)
  })

  it('v1 lists all types', async () => {
    const { name } = await wire.newTopic()
    const subscription = uniqueName()
    await configs.change(resource.clientMetrics, subscription, [['metrics', SET, '*']])
    expect((await list(1)).error).toBe('NONE')
    await expect.poll(() => names(1, resource.topic)).toContain(name)
    await expect.poll(() => names(1, resource.broker)).toEqual([await configs.broker()])
    await expect.poll(() => names(1, resource.clientMetrics)).toContain(subscription)
    await configs.change(resource.clientMetrics, subscription, [['metrics', DELETE, null]])
    await expect.poll(() => names(1, resource.logger)).toEqual([await configs.broker()])
  })

  it('v1 lists groups as long as something is set', async () => {
    const group = uniqueName()
    const config = 'share.isolation.level'
    await expect.poll(() => names(1, resource.group)).not.toContain(group)
    await configs.change(resource.group, group, [[config, SET, 'read_committed']])
    await expect.poll(() => names(1, resource.group, [resource.group])).toContain(group)
    await configs.change(resource.group, group, [[config, DELETE, null]])
    await expect.poll(() => names(1, resource.group)).not.toContain(group)
  })

  it('v1 lists the types that are asked for, each once', async () => {
    const { name } = await wire.newTopic()
    const asked = [resource.topic, resource.broker, resource.topic]
    const { configResources } = await list(1, asked)
    const types = new Set(configResources.map(({ resourceType }) => resourceType))
    expect(types).toEqual(new Set([resource.topic, resource.broker]))
    expect(configResources.filter(({ resourceName }) => resourceName === name)).toHaveLength(1)
  })

  it.each([-1, 0, 1, 64, 127])('v1 knows no type %i', async type => {
    expect(await list(1, [resource.topic, type])).toMatchObject({
      error: 'UNSUPPORTED_VERSION',
      configResources: [],
    })
  })
})
