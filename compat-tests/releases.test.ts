/**
 * The versions that `--as` tells, against the releases themselves: what the request classes of the
 * public kafka-clients jars say about the listener for clients.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { releases, versionsIn } from '../protocol/releases.ts'
import { apis } from '../test/protocol/every-api.ts'
import { skipped } from './codec/clients.ts'
import {
  noVersions,
  readDefinitions,
  releasedRange,
  type JsonMessage,
} from './codec/definitions.ts'

/** The last patch of each; in 2.8 the brokers of clusters with ZooKeeper. */
const patches = {
  '2.8': { release: '2.8.2', listener: 'zkBroker' },
  '3.9': { release: '3.9.1', listener: 'broker' },
  '4.3': { release: '4.3.1', listener: 'broker' },
} as const

describe.skipIf(skipped)(`the versions that clients are told${skipped}`, () => {
  describe.each(releases)('as Apache Kafka %s', release => {
    /** By the key of the API: its name changes (ListConfigResources). */
    const requests = new Map<number, JsonMessage>()

    beforeAll(async () => {
      const { release: patch, listener } = patches[release]
      for (const message of (await readDefinitions(patch)).values()) {
        if (message.listeners?.includes(listener)) requests.set(message.apiKey, message)
      }
    })

    test.each(apis)('$name', api => {
      const request = requests.get(api.key)
      const [first, last] = request ? releasedRange(request) : noVersions
      expect(versionsIn(release, api)).toEqual(first <= last ? [first, last] : undefined)
    })
  })
})
