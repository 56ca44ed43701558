/** What a client may say of the records of a partition, before anybody looks at them. */
import { acknowledgeTypes, type AcknowledgementBatch } from './acknowledge.ts'

/**
 * False where a batch is none, or goes back behind the one before it, or its types are not one for
 * all or one for each, or not known. Renewals need to be announced (KIP-1222).
 */
export function areValid(
  batches: readonly AcknowledgementBatch[],
  { lastType, isRenewal }: { lastType: number; isRenewal: boolean },
): boolean {
  let end = -1
  for (const { firstOffset, lastOffset, acknowledgeTypes: types } of batches) {
    const isOneForEach = types.length === lastOffset - firstOffset + 1
    const isValid =
      firstOffset <= lastOffset &&
      firstOffset >= end &&
      types.length > 0 &&
      (types.length === 1 || isOneForEach) &&
      types.every(type => type >= 0 && type <= lastType) &&
      (isRenewal || !types.includes(acknowledgeTypes.renew))
    if (!isValid) return false
    end = lastOffset
  }
  return true
}
