/** `import { test } from 'odradek/vitest'`: vitest's test with a broker in it. */
import { test as vitestTest, type TestAPI } from 'vitest'
import type { StartedBroker } from './in-process/started-broker.ts'
import { sharedTestBroker, TestBroker, type TestBrokerOptions } from './test-runners/test-broker.ts'

export interface KafkaFixtures {
  /**
   * A broker as it was started. All tests of a worker have the same, one after the other; a test
   * that runs beside others has one of its own. Nothing has to be closed.
   */
  kafka: StartedBroker
  /**
   * How it is started: `test.extend({ kafkaOptions: { brokers: 3 } })`, or `provide` in the config
   * of vitest.
   */
  kafkaOptions: TestBrokerOptions
}

export const test: TestAPI<KafkaFixtures> = vitestTest.extend<KafkaFixtures>({
  kafkaOptions: [{}, { injected: true }],

  async kafka({ kafkaOptions, task }, use) {
    const isShared = !task.concurrent
    const own = isShared ? sharedTestBroker(kafkaOptions) : TestBroker.start(kafkaOptions)
    const testBroker = await own
    await testBroker.begin()
    await use(testBroker.broker)
    try {
      const hasFailed = task.result?.state === 'fail'
      await testBroker.end({ hasFailed, print: console.error })
    } finally {
      if (!isShared) await testBroker.close()
    }
  },
})
