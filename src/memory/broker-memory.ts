/** The one owner of what requests and replies may hold of the broker's memory. */
import { BufferPool } from './buffer-pool.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { ReplyMemory } from './reply-memory.ts'
import { RequestMemory } from './request-memory.ts'
import { SlowLog } from './slow-log.ts'

const mebibyte = 1024 * 1024
/** More is slower: memory that is used again is quicker than memory that is new. */
const requestBytes = 64 * mebibyte
const minReplyBytes = 64 * mebibyte
const maxReplyBytes = 512 * mebibyte
/** Of the memory that there is when the broker starts. */
const replyShare = 1 / 16

interface Options {
  config: Pick<Config, 'queuedMaxRequestBytes' | 'queuedMaxResponseBytes'>
  clock: Clock
  logger: Logger
}

export class BrokerMemory {
  readonly requests: RequestMemory
  readonly replies: ReplyMemory
  readonly buffers = new BufferPool()

  constructor({ config, clock, logger }: Options) {
    const log = new SlowLog(logger, clock)
    const { queuedMaxRequestBytes, queuedMaxResponseBytes } = config
    const requests = queuedMaxRequestBytes > 0 ? queuedMaxRequestBytes : requestBytes
    const replies = queuedMaxResponseBytes > 0 ? queuedMaxResponseBytes : defaultReplyBytes()
    this.requests = new RequestMemory(requests, clock, log)
    this.replies = new ReplyMemory(replies, clock, log)
  }
}

function defaultReplyBytes(): number {
  const bytes = Math.floor(process.availableMemory() * replyShare)
  return Math.min(Math.max(bytes, minReplyBytes), maxReplyBytes)
}
