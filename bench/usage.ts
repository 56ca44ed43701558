/** What a process and its children take of the machine, as Linux counts it (proc(5)). */
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** USER_HZ, which is 100 on every Linux that Node.js runs on. */
const ticksPerSecond = 100
const pollMs = 20
/** What a broker has at most without our topics: its metadata. */
const emptyBytes = 64e6
const shrinkLimitMs = 60_000

/** User and system time, of all threads and all children, of those that have ended as well. */
export async function cpuSeconds(pid: number): Promise<number> {
  let ticks = 0
  for (const one of await family(pid)) {
    const text = await readFile(`/proc/${one}/stat`, 'utf8')
    // The second field is the name in brackets, which may have spaces in it; these are 14 to 17.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    for (const field of fields.slice(11, 15)) ticks += Number(field)
  }
  return ticks / ticksPerSecond
}

export interface Memory {
  residentBytes: number
  /** Since the process started or `forgetPeak`. */
  peakBytes: number
}

export async function memory(pid: number): Promise<Memory> {
  const sum: Memory = { residentBytes: 0, peakBytes: 0 }
  for (const one of await family(pid)) {
    const status = await readFile(`/proc/${one}/status`, 'utf8')
    sum.residentBytes += kilobytes(status, 'VmRSS') * 1024
    sum.peakBytes += kilobytes(status, 'VmHWM') * 1024
  }
  return sum
}

export async function forgetPeak(pid: number): Promise<void> {
  for (const one of await family(pid)) await writeFile(`/proc/${one}/clear_refs`, '5')
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0)
}

/** The process and those below it. */
async function family(pid: number): Promise<number[]> {
  const pids = [pid]
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const children = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')
    for (const child of children.split(' ').filter(Boolean)) {
      pids.push(...(await family(Number(child))))
    }
  }
  return pids
}

/** Blocks that the files below a folder have on the disk; files may go meanwhile. */
export async function diskBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const sizes = names.map(async name => {
    const found = await stat(path.join(folder, name)).catch(() => undefined)
    return (found?.blocks ?? 0) * 512
  })
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0)
}

/** Resolves when deleted topics have left a broker's disk, and the page cache with it. */
export async function shrunk(dataDir: string): Promise<void> {
  const startMs = performance.now()
  while ((await diskBytes(dataDir)) > emptyBytes) {
    if (performance.now() - startMs > shrinkLimitMs) {
      throw new Error(`deleted topics are still there after ${shrinkLimitMs} ms`)
    }
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
}
