/** `testEnvironment: 'odradek/jest'`: jest's environment for Node.js, with a broker in it. */
import { TestEnvironment } from 'jest-environment-node'
import {
  sharedTestBroker,
  type TestBroker,
  type TestBrokerOptions,
} from './test-runners/test-broker.ts'

/** Of jest-circus, as far as it is of interest here. */
interface TestEvent {
  name: string
  test?: { errors: unknown[]; concurrent: boolean }
}

/** The global `kafka` is a StartedBroker; its options: `testEnvironmentOptions: { kafka: … }`. */
export default class KafkaEnvironment extends TestEnvironment {
  readonly #options: TestBrokerOptions
  #testBroker: TestBroker | undefined

  constructor(...given: ConstructorParameters<typeof TestEnvironment>) {
    super(...given)
    const [config] = given
    const { kafka = {} } = config.projectConfig.testEnvironmentOptions
    this.#options = kafka as TestBrokerOptions
  }

  override async setup(): Promise<void> {
    await super.setup()
    this.#testBroker = await sharedTestBroker(this.#options)
    // Before beforeAll, which would meet what the file before has left.
    await this.#testBroker.open()
    this.global['kafka'] = this.#testBroker.broker
  }

  /** jest-circus waits for it. */
  async handleTestEvent({ name, test }: TestEvent): Promise<void> {
    if (test === undefined) return
    // A test that runs beside others finds what those have left.
    if (name === 'test_start' && !test.concurrent) await this.#testBroker?.begin()
    if (name === 'test_done') await this.#end(test.errors)
  }

  async #end(errors: unknown[]): Promise<void> {
    const print = (text: string): void => void process.stderr.write(`${text}\n`)
    try {
      await this.#testBroker?.end({ hasFailed: errors.length > 0, print })
    } catch (error) {
      errors.push(error)
    }
  }

  override async teardown(): Promise<void> {
    // It stays for the next file, and jest makes what it finds here unusable.
    delete this.global['kafka']
    await super.teardown()
  }
}
