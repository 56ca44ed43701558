/**
 * The file system, as far as the log needs it: a port, so that tests can fail, tear and lose what a
 * real disk fails, tears and loses. Calls are the system calls of the same names; errors carry
 * Node's `code`.
 */
import fs from 'node:fs'

export interface Fs {
  /** 'r' and 'r+' need an existing file, 'w+' empties it, 'wx+' refuses it. */
  open(path: string, mode: 'r' | 'r+' | 'w+' | 'wx+'): Promise<FsFile>
  readFile(path: string): Promise<Buffer>
  /** Cuts a file at `position`, or creates it, and writes there; for a few KB of cached facts. */
  writeAtSync(path: string, bytes: Buffer, position: number): void
  /** One level; EEXIST when it is there. */
  mkdir(path: string): Promise<void>
  readdir(path: string): Promise<string[]>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  removeTree(path: string): Promise<void>
  /** Of the volume that the path is on. */
  space(path: string): Promise<{ totalBytes: number; usableBytes: number }>
  /** Makes the names in a directory durable: what was created, renamed or removed in it. */
  syncDirectory(path: string): Promise<void>
}

export interface FsFile {
  /** May read less than fits; 0 at the end. */
  read(buffer: Buffer, position: number): Promise<number>
  /** May write less than given. */
  writev(buffers: readonly Buffer[], position: number): Promise<number>
  writeSync(buffer: Buffer, position: number): number
  /** Makes the bytes written so far durable, and the size that it takes to read them. */
  datasync(): Promise<void>
  truncate(bytes: number): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

/** Fills the buffer from `position` on, or up to the end of the file; resolves with the bytes. */
export async function readFully(file: FsFile, buffer: Buffer, position: number): Promise<number> {
  let done = 0
  while (done < buffer.length) {
    const rest = done === 0 ? buffer : buffer.subarray(done)
    const bytes = await file.read(rest, position + done)
    if (bytes === 0) break
    done += bytes
  }
  return done
}

/** Writes all of the buffers: a system call may stop in the middle of one. */
export async function writeFully(
  file: FsFile,
  buffers: readonly Buffer[],
  position: number,
): Promise<void> {
  let rest = buffers
  let at = position
  while (rest.length > 0) {
    const bytes = await file.writev(rest, at)
    at += bytes
    rest = after(rest, bytes)
  }
}

export function writeFullySync(file: FsFile, buffer: Buffer, position: number): void {
  let done = 0
  while (done < buffer.length) done += file.writeSync(buffer.subarray(done), position + done)
}

/** What is left of the buffers behind their first `bytes`. */
function after(buffers: readonly Buffer[], bytes: number): readonly Buffer[] {
  let left = bytes
  let i = 0
  while (i < buffers.length && left >= buffers[i]!.length) left -= buffers[i++]!.length
  if (left === 0) return buffers.slice(i)
  return [buffers[i]!.subarray(left), ...buffers.slice(i + 1)]
}

export async function unlinkIfThere(fs: Pick<Fs, 'unlink'>, path: string): Promise<void> {
  await fs.unlink(path).catch((error: unknown) => {
    if (!isMissing(error)) throw error
  })
}

export function isMissing(error: unknown): boolean {
  return isSystemError(error) && error.code === 'ENOENT'
}

/** An error of the operating system, and not of this program. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).errno === 'number'
}

/** Windows has no handle on a directory; NTFS journals names by itself. */
const canSyncDirectories = process.platform !== 'win32'

export const nodeFs: Fs = {
  open: async (path, mode) => nodeFile(await call<number>(done => fs.open(path, mode, done))),
  readFile: path => call(done => fs.readFile(path, done)),
  writeAtSync(path, bytes, position) {
    const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644)
    try {
      fs.ftruncateSync(fd, position)
      let done = 0
      while (done < bytes.length) {
        done += fs.writeSync(fd, bytes, done, bytes.length - done, position + done)
      }
    } finally {
      fs.closeSync(fd)
    }
  },
  mkdir: path => call(done => fs.mkdir(path, done)),
  readdir: path => call<string[]>(done => fs.readdir(path, done)),
  rename: (from, to) => call(done => fs.rename(from, to, done)),
  unlink: path => call(done => fs.unlink(path, done)),
  removeTree: path => fs.promises.rm(path, { recursive: true, force: true }),
  async space(path) {
    const { bsize, blocks, bavail } = await fs.promises.statfs(path)
    return { totalBytes: bsize * blocks, usableBytes: bsize * bavail }
  },
  async syncDirectory(path) {
    if (!canSyncDirectories) return
    const fd = await call<number>(done => fs.open(path, 'r', done))
    try {
      await call(done => fs.fsync(fd, done))
    } finally {
      await call(done => fs.close(fd, done))
    }
  },
}

/** With `mode` as chmod has it; EEXIST when it is there. */
export async function createFile(path: string, bytes: Buffer, mode: number): Promise<void> {
  await fs.promises.writeFile(path, bytes, { flag: 'wx', mode })
}

/** What the owner of a file may have got wrong, or changed. */
export interface FileFacts {
  /** Milliseconds since the epoch. */
  modifiedMs: number
  /** By every user of the machine; where the system has no such rights, false. */
  isReadableByAll: boolean
  /** Undefined for what is no file: pipes and devices may never end. */
  sizeBytes: number | undefined
}

export async function fileFacts(path: string): Promise<FileFacts> {
  const stats = await call<fs.Stats>(done => fs.stat(path, done))
  return {
    modifiedMs: stats.mtimeMs,
    isReadableByAll: process.platform !== 'win32' && (stats.mode & 0o004) > 0,
    sizeBytes: stats.isFile() ? stats.size : undefined,
  }
}

/** Plain descriptors and callbacks: cheaper than FileHandle where each append pays for it. */
function nodeFile(fd: number): FsFile {
  return {
    read: (buffer, position) =>
      call<number>(done => fs.read(fd, buffer, 0, buffer.length, position, done)),
    writev: (buffers, position) => call<number>(done => fs.writev(fd, buffers, position, done)),
    writeSync: (buffer, position) => fs.writeSync(fd, buffer, 0, buffer.length, position),
    datasync: () => call(done => fs.fdatasync(fd, done)),
    truncate: bytes => call(done => fs.ftruncate(fd, bytes, done)),
    size: async () => (await call<fs.Stats>(done => fs.fstat(fd, done))).size,
    close: () => call(done => fs.close(fd, done)),
  }
}

type Callback<T> = (error: Error | null, result: T) => void

function call<T = void>(start: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => (error ? reject(error) : resolve(result)))
  })
}
