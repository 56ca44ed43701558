import type { RE2JS } from 're2js'
import { KafkaError } from '../../../protocol/errors.ts'

/** Whether a topic's name matches a pattern as a whole. */
export type Matcher = (name: string) => boolean

/** Makes a Matcher. Throws INVALID_REGULAR_EXPRESSION. */
export type Compile = (regex: string) => Matcher

/**
 * The regular expressions of subscriptions, in RE2's syntax as in Kafka: they come from clients,
 * and RE2 needs linear time for all of them. The library is loaded when the first one comes.
 */
export class TopicPatterns {
  #library: typeof RE2JS | undefined

  get isLoaded(): boolean {
    return this.#library !== undefined
  }

  async load(): Promise<void> {
    const { RE2JS } = await import('re2js')
    this.#library = RE2JS
  }

  /** Only once the library is loaded. */
  readonly compile: Compile = regex => {
    if (this.#library === undefined) throw new Error('the library of patterns is not loaded')
    try {
      const pattern = this.#library.compile(regex)
      return name => pattern.matches(name)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new KafkaError(
        'INVALID_REGULAR_EXPRESSION',
        `subscribedTopicRegex \`${regex}\` is no regular expression of RE2: ${reason}`,
      )
    }
  }
}
