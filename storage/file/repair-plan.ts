/**
 * What a repair would make of a partition's directory: which bytes are good, which segments they
 * make up, and what is lost. Nothing is changed here.
 */
import { maxInt32 } from '../segments.ts'
import { readCheckpoint, type Checkpoint } from './checkpoint.ts'
import { DamageError } from './errors.ts'
import type { Fs } from './fs.ts'
import { clip, salvage, type DamagedBytes, type Run, type Salvaged } from './salvage.ts'
import { logSuffix } from './index-file.ts'
import { segmentOf, segmentPath, segmentsAmong, type SegmentFile } from './segment-files.ts'
import type { SegmentMark } from './segment.ts'

/** Offsets [firstOffset, nextOffset) of which there are no records. */
export interface Gap {
  firstOffset: number
  nextOffset: number
}

export interface PlannedSegment extends SegmentFile {
  /** The file that is there and holds just this: it stays, or gets this name. */
  file: SegmentFile | undefined
  /** Good batches; behind them, for offsets that nothing follows, an empty batch. */
  parts: (Run | Gap)[]
}

export interface RepairPlan {
  directory: string
  startOffset: number
  nextOffset: number
  cleanedTo: number
  /** Ascending, without gaps in between; at least one. */
  segments: PlannedSegment[]
  /** Names of files that are replaced, and kept under another name. */
  setAside: string[]
  /** Offsets whose records are lost, at or above the start offset. */
  lost: Gap[]
  /** Bytes of the old files that are left out. */
  damaged: DamagedBytes[]
  /** Records are lost, or may be. */
  losesRecords: boolean
}

export interface RepairChoices {
  /** End the log before the first damage, and do not go on behind it. */
  cut: boolean
}

/** Errors: StorageError for what this program cannot read, those of the operating system. */
export async function planRepair(
  fs: Fs,
  directory: string,
  choices: RepairChoices,
): Promise<RepairPlan> {
  const names = await fs.readdir(directory)
  const { checkpoint, isDamaged } = await checkpointIn(fs, directory)
  const assembly = new Assembly(fs, directory, names, checkpoint, choices)
  await assembly.run()
  const plan = assembly.plan()
  if (isDamaged) plan.setAside.push('checkpoint')
  return plan
}

async function checkpointIn(fs: Fs, directory: string) {
  try {
    return { checkpoint: await readCheckpoint(fs, directory), isDamaged: false }
  } catch (error) {
    if (!(error instanceof DamageError)) throw error
    return { checkpoint: undefined, isDamaged: true }
  }
}

class Assembly {
  readonly #fs: Fs
  readonly #directory: string
  readonly #names: readonly string[]
  readonly #checkpoint: Checkpoint | undefined
  readonly #marks: readonly SegmentMark[]
  readonly #choices: RepairChoices
  /** The files that make up the log. */
  readonly #files: readonly SegmentFile[]
  readonly #startOffset: number
  readonly #segments: PlannedSegment[] = []
  readonly #lost: Gap[] = []
  readonly #damaged: DamagedBytes[] = []
  #hasUnknownTail = false
  /** Of files that the log does not need, if it were whole. */
  #spareRuns: Run[] | undefined
  #hasRescued = false
  /** By choice, nothing comes behind the first loss. */
  #isEnded = false
  /** What comes next has this offset. */
  #next: number
  /** The end of what there was, as far as it is known. */
  #knownEnd: number

  constructor(
    fs: Fs,
    directory: string,
    names: readonly string[],
    checkpoint: Checkpoint | undefined,
    choices: RepairChoices,
  ) {
    this.#fs = fs
    this.#directory = directory
    this.#names = names
    this.#checkpoint = checkpoint
    this.#choices = choices
    this.#marks = checkpoint?.segments.filter(mark => mark.bytes > 0) ?? []
    const found = segmentsAmong(names, this.#marks)
    this.#startOffset = checkpoint?.startOffset ?? found[0]?.baseOffset ?? 0
    this.#files = found.filter(
      (_, i) => i + 1 === found.length || found[i + 1]!.baseOffset > this.#startOffset,
    )
    this.#next = Math.min(this.#files[0]?.baseOffset ?? Infinity, this.#startOffset)
    this.#knownEnd = Math.max(this.#startOffset, this.#marks.at(-1)?.nextOffset ?? 0)
  }

  async run(): Promise<void> {
    for (const file of this.#files) await this.#addFile(file)
    await this.#addFound(this.#knownEnd)
    const end = this.#isEnded ? this.#startOffset : this.#knownEnd
    if (this.#isEnded) this.#lose(this.#next, this.#knownEnd)
    this.#addGap(end)
    if (this.#segments.length === 0) this.#addSegment([])
  }

  plan(): RepairPlan {
    const isKept = (log: SegmentFile): boolean =>
      this.#segments.some(({ file }) => file !== undefined && isSame(file, log))
    return {
      directory: this.#directory,
      startOffset: this.#startOffset,
      nextOffset: this.#next,
      cleanedTo: this.#hasRescued ? 0 : (this.#checkpoint?.cleanedTo ?? 0),
      segments: this.#segments,
      setAside: this.#logFiles()
        .filter(file => !isKept(file))
        .map(file => segmentPath('.', file).slice(2)),
      lost: this.#lost,
      damaged: this.#damaged,
      losesRecords: this.#lost.length > 0 || this.#hasUnknownTail,
    }
  }

  async #addFile(file: SegmentFile): Promise<void> {
    const { bytes, runs: all } = await this.#salvage(file)
    const runs: Run[] = []
    for (const run of all) {
      const clipped = await clip(this.#fs, run, this.#next, Infinity)
      if (clipped !== undefined) runs.push(clipped)
    }
    if (this.#isEnded) return
    const [first] = runs
    if (first === undefined) {
      const isActive = file === this.#files.at(-1) && file.baseOffset === this.#next
      if (bytes === 0 && isActive) this.#segments.push({ ...file, file, parts: [] })
      return
    }
    // Only in what was compacted the first records may be missing.
    const mayBeginLater = file.generation > 0 && first.position === 0
    await this.#addFound(mayBeginLater ? file.baseOffset : first.firstOffset)
    if (this.#isEnded) return
    if (runs.at(-1)!.nextOffset - this.#next > maxInt32) this.#addGap(file.baseOffset)
    const isWhole = first.position === 0 && first.bytes === bytes
    if (!isWhole) await this.#addRuns(runs)
    else if (file.baseOffset === this.#next) {
      this.#segments.push({ ...file, file, parts: [first] })
      this.#next = first.nextOffset
    } else this.#addSegment([first], file)
  }

  /** The bytes of a segment file, of which some are no good batches. */
  async #salvage(file: SegmentFile): Promise<Salvaged> {
    const path = segmentPath(this.#directory, file)
    const mark = this.#marks.find(each => isSame(each, file))
    const limit = await this.#limitOf(path, mark)
    const salvaged = await salvage(this.#fs, path, { ...file, limit })
    const end = salvaged.runs.at(-1)?.nextOffset ?? file.baseOffset
    this.#knownEnd = Math.max(this.#knownEnd, end)
    this.#damaged.push(...salvaged.damaged)
    const tail = salvaged.damaged.at(-1)
    const tailEnd = tail === undefined ? 0 : tail.position + tail.bytes
    this.#hasUnknownTail =
      tail !== undefined &&
      !tail.isZero &&
      tailEnd === salvaged.bytes &&
      tailEnd > (mark?.bytes ?? 0)
    return salvaged
  }

  /** A file that ends where it was synced ends with a known offset. */
  async #limitOf(path: string, mark: SegmentMark | undefined): Promise<number | undefined> {
    if (mark === undefined) return undefined
    const file = await this.#fs.open(path, 'r')
    try {
      return (await file.size()) <= mark.bytes ? mark.nextOffset : undefined
    } finally {
      await file.close()
    }
  }

  /** A new segment of what is good in a damaged one. */
  async #addRuns(runs: readonly Run[]): Promise<void> {
    const parts: Run[] = []
    for (const run of runs) {
      // Before the first one nothing is missing but what compaction has removed.
      const end = parts.at(-1)?.nextOffset ?? run.firstOffset
      for (const part of await this.#partsUpTo(end, run.firstOffset)) {
        if (isRun(part)) parts.push(part)
        else if (this.#ends(part)) break
      }
      if (this.#isEnded) break
      parts.push(run)
    }
    this.#addSegment(parts)
  }

  /** Segments of what is found elsewhere below `to`, where files are missing. */
  async #addFound(to: number): Promise<void> {
    if (this.#isEnded) return
    for (const part of await this.#partsUpTo(this.#next, to)) {
      if (isRun(part)) this.#addSegment([part])
      else if (this.#ends(part)) return
    }
  }

  /**
   * Segments without records. Where one follows that can begin earlier it does: clients get past a
   * gap more easily than past a batch that is empty.
   */
  #addGap(to: number): void {
    while (this.#next < to) {
      this.#addSegment([gap(this.#next, Math.min(to, this.#next + maxInt32))])
    }
  }

  /** What can be found elsewhere of offsets that are missing, and gaps for the rest of them. */
  async #partsUpTo(from: number, to: number): Promise<PlannedSegment['parts']> {
    if (from >= to) return []
    const parts: PlannedSegment['parts'] = []
    let next = from
    for (const run of await this.#spare()) {
      const found = await clip(this.#fs, run, next, to)
      if (found === undefined) continue
      this.#hasRescued = true
      if (found.firstOffset > next) parts.push(gap(next, found.firstOffset))
      parts.push(found)
      next = found.nextOffset
    }
    if (next < to) parts.push(gap(next, to))
    return parts
  }

  #ends({ firstOffset, nextOffset }: Gap): boolean {
    if (nextOffset <= this.#startOffset) return false
    this.#isEnded = this.#choices.cut
    if (!this.#isEnded) this.#lose(firstOffset, nextOffset)
    return this.#isEnded
  }

  #lose(from: number, to: number): void {
    const firstOffset = Math.max(from, this.#startOffset)
    if (firstOffset < to) this.#lost.push({ firstOffset, nextOffset: to })
  }

  async #spare(): Promise<Run[]> {
    if (this.#spareRuns !== undefined) return this.#spareRuns
    const runs: Run[] = []
    for (const file of this.#logFiles()) {
      if (this.#files.some(each => isSame(each, file))) continue
      const path = segmentPath(this.#directory, file)
      runs.push(...(await salvage(this.#fs, path, file)).runs)
    }
    this.#spareRuns = runs.toSorted((a, b) => a.firstOffset - b.firstOffset)
    return this.#spareRuns
  }

  /** Under a name that no file has. */
  #addSegment(parts: PlannedSegment['parts'], file?: SegmentFile): void {
    const baseOffset = this.#next
    const taken = this.#logFiles().filter(each => each.baseOffset === baseOffset)
    const generation = 1 + Math.max(0, ...taken.map(each => each.generation))
    this.#segments.push({ baseOffset, generation, file, parts })
    this.#next = parts.at(-1)?.nextOffset ?? baseOffset
  }

  #logFiles(): SegmentFile[] {
    return this.#names
      .filter(name => name.endsWith(logSuffix))
      .flatMap(name => segmentOf(name) ?? [])
  }
}

function gap(firstOffset: number, nextOffset: number): Gap {
  return { firstOffset, nextOffset }
}

export function isRun(part: Run | Gap): part is Run {
  return 'path' in part
}

function isSame(one: SegmentFile, other: SegmentFile): boolean {
  return one.baseOffset === other.baseOffset && one.generation === other.generation
}
