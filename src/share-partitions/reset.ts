/** Where a share group begins with a partition (share.auto.offset.reset; KIP-932, KIP-1106). */
import { KafkaError } from '../../protocol/errors.ts'
import type { Partition } from '../partitions/partition.ts'

const dayMs = 86_400_000
const duration = /^by_duration:P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d*)?)S)?)?$/

/** Throws OFFSET_NOT_AVAILABLE where no record is as young as it is to be. */
export async function initialOffset(
  partition: Pick<Partition, 'startOffset' | 'highWatermark' | 'offsetForTimestamp'>,
  strategy: string,
  nowMs: number,
): Promise<number> {
  if (strategy === 'earliest') return partition.startOffset
  if (strategy === 'latest') return partition.highWatermark
  const found = await partition.offsetForTimestamp(nowMs - durationMs(strategy))
  if (found === undefined) throw new KafkaError('OFFSET_NOT_AVAILABLE')
  return found.offset
}

/** Of ISO 8601, as Java's Duration reads it. */
function durationMs(strategy: string): number {
  const [, days, hours, minutes, seconds] = duration.exec(strategy) ?? []
  const number = (text = '0'): number => Number(text.replace(',', '.'))
  const wholeSeconds = number(hours) * 3600 + number(minutes) * 60
  return number(days) * dayMs + (wholeSeconds + number(seconds)) * 1000
}
