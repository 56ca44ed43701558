import { describe, expect, it } from 'vitest'
import { LiveNodes } from '../src/live-nodes.ts'
import { Cluster } from '../src/cluster.ts'
import { systemRandom } from '../src/random.ts'
import { createMemoryMetadataStore } from '../storage/memory/store.ts'
import type { ClusterRow, MetadataStore } from '../storage/metadata-store.ts'

async function stored(store: MetadataStore): Promise<ClusterRow | undefined> {
  const [change] = await Array.fromAsync(store.load())
  return change?.value as ClusterRow | undefined
}

describe('the cluster', () => {
  it('keeps its id', async () => {
    const store = createMemoryMetadataStore()
    const { id } = await Cluster.open(undefined, new LiveNodes([0]), store, systemRandom)
    expect(id).toMatch(/^[\w-]{22}$/)
    expect(
      (await Cluster.open(await stored(store), new LiveNodes([0]), store, systemRandom)).id,
    ).toBe(id)
  })

  it('gives no producer id twice, whoever asks and however often it is started', async () => {
    const store = createMemoryMetadataStore()
    const given: number[] = []
    for (let start = 0; start < 3; start++) {
      const cluster = await Cluster.open(
        await stored(store),
        new LiveNodes([0]),
        store,
        systemRandom,
      )
      const asked = Array.from({ length: 1500 }, () => cluster.nextProducerId())
      given.push(...(await Promise.all(asked)))
    }
    expect(new Set(given).size).toBe(given.length)
  })

  it('gives a producer id only when its reservation is stored', async () => {
    const store = createMemoryMetadataStore()
    const cluster = await Cluster.open(undefined, new LiveNodes([0]), store, systemRandom)
    const producerId = await cluster.nextProducerId()
    expect((await stored(store))!.nextProducerId).toBeGreaterThan(producerId)
  })
})
