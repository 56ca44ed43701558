/**
 * Java's Admin client of three releases does all it can do. With KAFKA_BOOTSTRAP set, against that
 * broker: so these expectations were checked against Apache Kafka 4.3.1, one node and three.
 *
 * Left out is what happens in the client only, what streams.test.ts shows of streams groups, and
 * clientInstanceId, which client-metrics.test.ts sees at work.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { releases, runSurface, type SurfaceReport } from './admin/surface.ts'
import { startServer, type Server } from './server.ts'
import { skipped } from './tools/tools.ts'

const external = process.env['KAFKA_BOOTSTRAP']

/** Methods of Admin that are left out. */
const leftOut = new Set(
  [
    'alterStreamsGroupOffsets deleteStreamsGroupOffsets',
    'deleteStreamsGroups describeStreamsGroups listStreamsGroupOffsets',
    'registerMetricForSubscription unregisterMetricFromSubscription clientInstanceId',
  ].flatMap(line => line.split(' ')),
)

describe.skipIf(skipped)(`Java's Admin client${skipped}`, () => {
  describe.each(releases)('of $version', release => {
    let server: Server | undefined
    let report: SurfaceReport

    beforeAll(async () => {
      if (external === undefined) server = await startServer('--brokers', '3')
      report = await runSurface(release, external ?? server!.bootstrapServers)
    })
    afterAll(() => server?.[Symbol.asyncDispose]())

    it('does what it can do', () => {
      expect(report.different).toEqual([])
      expect(report.fine.length).toBeGreaterThan(190)
    })

    it('leaves out what is known', () => {
      expect(report.uncalled.filter(method => !leftOut.has(method))).toEqual([])
    })
  })
})
