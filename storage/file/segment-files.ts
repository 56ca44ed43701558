/**
 * Names of segment files: Kafka's `<base offset>.log`, padded to 20 digits, and of what compaction
 * has written `<base offset>.<generation>.log`. So a file never changes its content, and what takes
 * another's place never has its name: whoever still reads the old one is not disturbed, and the
 * checkpoint alone says, at one stroke, which files make up the log.
 */
import { indexPath, logSuffix, offsetIndex, timeIndex } from './index-file.ts'

const segmentFile = /^(\d{20})(?:\.(\d+))?(\.log|\.index|\.timeindex)$/

export interface SegmentFile {
  baseOffset: number
  /** 0 as it was appended, and one more with each compaction. */
  generation: number
}

/** Kafka pads to 20 digits (LogFileUtils.filenamePrefixFromOffset). */
function segmentName({ baseOffset, generation }: SegmentFile): string {
  const name = baseOffset.toString().padStart(20, '0')
  return generation === 0 ? name : `${name}.${generation}`
}

export function segmentPath(directory: string, file: SegmentFile): string {
  return `${directory}/${segmentName(file)}${logSuffix}`
}

/** The files of a segment, from the path of its log. Indexes without entries have none. */
export function filesOfSegment(path: string): string[] {
  return [path, ...indexesOfSegment(path)]
}

export function indexesOfSegment(path: string): string[] {
  return [indexPath(path, offsetIndex), indexPath(path, timeIndex)]
}

/** What segment a file belongs to; undefined for other files. */
export function segmentOf(name: string): SegmentFile | undefined {
  const [, base, generation = '0'] = segmentFile.exec(name) ?? []
  return base === undefined
    ? undefined
    : { baseOffset: Number(base), generation: Number(generation) }
}

/**
 * The segments that make up the log, ascending, of those whose files there are. `synced` is what
 * the checkpoint names: below its end there is nothing else, and behind it nothing was compacted.
 * Without a checkpoint, those that were replaced count as long as they are there, for their
 * replacement may be half written.
 */
export function segmentsAmong(
  names: readonly string[],
  synced: readonly SegmentFile[],
): SegmentFile[] {
  const end = synced.at(-1)
  const found = names
    .filter(name => name.endsWith(logSuffix))
    .flatMap(name => segmentOf(name) ?? [])
    .toSorted((a, b) => a.baseOffset - b.baseOffset || a.generation - b.generation)
  if (end === undefined) return found.filter((file, i) => !isSameBase(file, found[i - 1]))
  return found.filter(
    file =>
      (file.baseOffset > end.baseOffset && file.generation === 0) ||
      synced.some(mark => isSameBase(mark, file) && mark.generation === file.generation),
  )
}

function isSameBase({ baseOffset }: SegmentFile, other: SegmentFile | undefined): boolean {
  return other?.baseOffset === baseOffset
}
