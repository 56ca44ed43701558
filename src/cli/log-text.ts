/** How the commands below `odradek log` say what they have found. */
import type { Finding } from '../../storage/file/inspection.ts'

export function findingText({ path, position, what }: Finding): string {
  return `${path}, byte ${position}: ${what}`
}

/** `[first, next)`, as people name it. */
export function offsetsText(firstOffset: number, nextOffset: number): string {
  const last = nextOffset - 1
  return firstOffset === last ? `offset ${last}` : `offsets ${firstOffset}–${last}`
}
