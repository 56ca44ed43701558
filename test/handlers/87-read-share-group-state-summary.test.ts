import { describe, expect, it } from 'vitest'
import * as summaries from '../../protocol/apis/87-read-share-group-state-summary.ts'
import { initialize, newShare, summary, unknownPartitions, write } from './share-states.ts'
import { useBroker, versionsOf } from './wire.ts'

const wire = useBroker()

describe('ReadShareGroupStateSummary', () => {
  it.each(versionsOf(summaries.readShareGroupStateSummary))(
    'v%i tells how far a group is',
    async version => {
      const share = await newShare(wire)
      const unknown = { stateEpoch: 0, leaderEpoch: 0, startOffset: -1, deliveryCompleteCount: -1 }
      expect(await summary(wire.client, share, version)).toMatchObject({
        error: 'NONE',
        ...unknown,
      })
      await initialize(wire.client, share, { stateEpoch: 1 })
      await write(wire.client, share, { startOffset: 7, deliveryCompleteCount: 2 })
      expect(await summary(wire.client, share, version)).toMatchObject({
        error: 'NONE',
        stateEpoch: 1,
        leaderEpoch: 0,
        startOffset: 7,
        deliveryCompleteCount: version < 1 ? -1 : 2,
      })
    },
  )

  it('knows topics and partitions', async () => {
    const share = await newShare(wire)
    for (const [part, error] of unknownPartitions) {
      expect((await summary(wire.client, { ...share, ...part })).error).toBe(error)
    }
  })
})
