/** The one owner of what requests and replies may hold of the broker's memory. */
import { BufferPool } from './buffer-pool.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import { ReplyMemory } from './reply-memory.ts'
import { RequestMemory } from './request-memory.ts'
import { SlowLog } from './slow-log.ts'

const mebibyte = 1024 * 1024
const minDefaultBytes = 64 * mebibyte
const maxDefaultBytes = 512 * mebibyte
/** Of the memory that there is when the broker starts. */
const defaultShare = 1 / 16

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
    this.requests = new RequestMemory(limitOf(config.queuedMaxRequestBytes), clock, log)
    this.replies = new ReplyMemory(limitOf(config.queuedMaxResponseBytes), clock, log)
  }
}

function limitOf(configuredBytes: number): number {
  if (configuredBytes > 0) return configuredBytes
  const bytes = Math.floor(process.availableMemory() * defaultShare)
  return Math.min(Math.max(bytes, minDefaultBytes), maxDefaultBytes)
}
