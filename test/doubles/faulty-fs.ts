/**
 * The log's file system over a disk in memory that fails, tears writes, and can be pulled out at
 * any operation. Everything it does follows from its random numbers and the order of calls.
 */
import type { Fs, FsFile } from '../../storage/file/fs.ts'
import { DiskDirectory, DiskFile, type DiskNode } from './faulty-disk.ts'

export type Operation =
  | 'open'
  | 'read'
  | 'write'
  | 'datasync'
  | 'truncate'
  | 'mkdir'
  | 'rename'
  | 'unlink'
  | 'syncDirectory'
  | 'commit'
  | 'other'

export interface Faults {
  /** Numbers in [0, 1). */
  random: () => number
  /** The operation, counted from 1, in the middle of which the machine stops. */
  crashAt?: number
  /** How often a read or write does less than it was asked to: [0, 1]. */
  shortTransfers?: number
  /** How long an operation takes, if not a few turns of the microtask queue. */
  pause?: (operation: Operation) => Promise<void> | undefined
  /** The error code that an operation fails with. `count` is 1 at its first call. */
  fail?: (operation: Operation, path: string, count: number) => string | undefined
}

export interface FaultyFs extends Fs {
  readonly machine: Machine
}

const errnos: Record<string, number> = {
  ENOENT: -2,
  EIO: -5,
  EBADF: -9,
  EEXIST: -17,
  EMFILE: -24,
  ENOSPC: -28,
}

function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, errno: errnos[code]! })
}

class Crash extends Error {}

/** What runs the operations, until it stops. */
export class Machine {
  /** Resolves when the machine has stopped: from then on no call returns. */
  readonly crashed: Promise<void>
  operations = 0
  openFiles = 0
  readonly #faults: Faults
  readonly #root: DiskDirectory
  readonly #counts = new Map<Operation, number>()
  hasCrashed = false
  #announceCrash: () => void = () => undefined

  constructor(root: DiskDirectory, faults: Faults) {
    this.#root = root
    this.#faults = faults
    this.crashed = new Promise(resolve => (this.#announceCrash = resolve))
  }

  /** What the next start finds, after a power loss or after the process was killed. */
  restart(how: 'power loss' | 'kill'): DiskDirectory {
    this.hasCrashed = true
    if (how === 'kill') return this.#root
    // From nothing to everything: the extremes are as likely as what is in between.
    const chance = this.#faults.random() * 1.5 - 0.25
    return this.#root.afterPowerLoss(() => this.#faults.random() < chance)
  }

  /** When the machine stops at that moment, `cutShort` happens, or nothing. */
  runSync<T>(operation: Operation, path: string, effect: () => T, cutShort?: () => void): T {
    if (this.#begin(operation, path)) return effect()
    if (this.#faults.random() < 0.5) (cutShort ?? effect)()
    throw new Crash()
  }

  /** Takes a while, so that others come in between; never returns after the crash. */
  async run<T>(
    operation: Operation,
    path: string,
    effect: () => T,
    cutShort?: () => void,
  ): Promise<T> {
    const pause = this.#faults.pause?.(operation)
    if (pause !== undefined) await pause
    for (let pauses = this.#faults.random() * 6; pauses > 1; pauses--) await Promise.resolve()
    try {
      return this.runSync(operation, path, effect, cutShort)
    } catch (error) {
      if (error instanceof Crash) return new Promise(() => undefined)
      throw error
    }
  }

  /** Covers what was written when it began. */
  async sync(operation: Operation, path: string, node: DiskNode): Promise<void> {
    const end = node.beginSync()
    try {
      await this.run(operation, path, () => end(false))
    } catch (error) {
      end(true)
      throw error
    }
  }

  /** How much of a transfer is done: one byte at least. */
  share(bytes: number): number {
    const { random, shortTransfers = 0 } = this.#faults
    return random() < shortTransfers ? Math.ceil((1 - random()) * bytes) : bytes
  }

  write(file: DiskFile, data: Buffer, at: number): number {
    const bytes = Buffer.from(data.subarray(0, this.share(data.length)))
    if (bytes.length > 0) file.change({ at, bytes })
    return bytes.length
  }

  tear(file: DiskFile, data: Buffer, at: number): void {
    this.write(file, data.subarray(0, Math.floor(this.#faults.random() * data.length)), at)
  }

  /** False in the operation that never ends; throws what the operation is to fail with. */
  #begin(operation: Operation, path: string): boolean {
    if (this.hasCrashed) throw new Crash()
    if (++this.operations >= (this.#faults.crashAt ?? Infinity)) {
      this.hasCrashed = true
      this.#announceCrash()
      return false
    }
    const count = (this.#counts.get(operation) ?? 0) + 1
    this.#counts.set(operation, count)
    const code = this.#faults.fail?.(operation, path, count)
    if (code !== undefined) throw systemError(code, path)
    return true
  }
}

export function faultyFs(root: DiskDirectory, faults: Faults): FaultyFs {
  const machine = new Machine(root, faults)
  return {
    machine,
    open: (path, mode) => machine.run('open', path, () => open(machine, root, path, mode)),
    readFile: path => machine.run('read', path, () => Buffer.from(fileAt(root, path).bytes)),
    writeAtSync(path, bytes, position) {
      machine.runSync('write', path, () => {
        const file = nodeAt(root, path) === undefined ? create(root, path) : fileAt(root, path)
        if (file.bytes.length !== position) file.change({ length: position })
        if (bytes.length > 0) file.change({ at: position, bytes: Buffer.from(bytes) })
      })
    },
    mkdir: path =>
      machine.run('mkdir', path, () => {
        if (nodeAt(root, path) !== undefined) throw systemError('EEXIST', path)
        const { directory, name } = parentOf(root, path)
        directory.change({ name, node: new DiskDirectory() })
      }),
    space: path => machine.run('other', path, () => ({ totalBytes: 1e9, usableBytes: 1e8 })),
    readdir: path => machine.run('other', path, () => [...directoryAt(root, path).entries.keys()]),
    rename: (from, to) =>
      machine.run('rename', from, () => {
        const node = nodeAt(root, from)
        if (node === undefined) throw systemError('ENOENT', from)
        const { directory, name } = parentOf(root, from)
        directory.change({ from: name, to: parentOf(root, to).name, node })
      }),
    unlink: path => machine.run('unlink', path, () => remove(root, path)),
    removeTree: path => machine.run('unlink', path, () => remove(root, path)),
    async syncDirectory(path) {
      const directory = await machine.run('other', path, () => directoryAt(root, path))
      await machine.sync('syncDirectory', path, directory)
    },
  }
}

function open(
  machine: Machine,
  root: DiskDirectory,
  path: string,
  mode: Parameters<Fs['open']>[1],
): FsFile {
  const exists = nodeAt(root, path) !== undefined
  if (mode === 'wx+' && exists) throw systemError('EEXIST', path)
  const file = mode === 'r' || mode === 'r+' || exists ? fileAt(root, path) : create(root, path)
  if (mode === 'w+' && file.bytes.length > 0) file.change({ length: 0 })
  machine.openFiles++
  return openFile(machine, file, path)
}

function openFile(machine: Machine, file: DiskFile, path: string): FsFile {
  let isOpen = true
  function opened<T>(effect: () => T): () => T {
    return () => {
      if (!isOpen) throw systemError('EBADF', path)
      return effect()
    }
  }
  return {
    read(buffer, position) {
      const effect = opened(() => {
        const left = Math.max(0, file.bytes.length - position)
        const bytes = machine.share(Math.min(left, buffer.length))
        return file.bytes.copy(buffer, 0, position, position + bytes)
      })
      return machine.run('read', path, effect)
    },
    writev(buffers, position) {
      const data = Buffer.concat(buffers)
      const effect = opened(() => machine.write(file, data, position))
      return machine.run('write', path, effect, () => machine.tear(file, data, position))
    },
    writeSync(buffer, position) {
      const effect = opened(() => machine.write(file, buffer, position))
      return machine.runSync('write', path, effect, () => machine.tear(file, buffer, position))
    },
    async datasync() {
      opened(() => undefined)()
      await machine.sync('datasync', path, file)
    },
    truncate(length) {
      const effect = opened(() => file.change({ length }))
      return machine.run('truncate', path, effect)
    },
    size() {
      const effect = opened(() => file.bytes.length)
      return machine.run('other', path, effect)
    },
    close() {
      const effect = opened(() => {
        isOpen = false
        machine.openFiles--
      })
      return machine.run('other', path, effect)
    },
  }
}

function nodeAt(root: DiskDirectory, path: string): DiskNode | undefined {
  let node: DiskNode | undefined = root
  for (const name of path.split('/').filter(part => part !== '')) {
    node = node instanceof DiskDirectory ? node.entries.get(name) : undefined
  }
  return node
}

function directoryAt(root: DiskDirectory, path: string): DiskDirectory {
  const node = nodeAt(root, path)
  if (node instanceof DiskDirectory) return node
  throw systemError('ENOENT', path)
}

function fileAt(root: DiskDirectory, path: string): DiskFile {
  const node = nodeAt(root, path)
  if (node instanceof DiskFile) return node
  throw systemError('ENOENT', path)
}

function parentOf(root: DiskDirectory, path: string): { directory: DiskDirectory; name: string } {
  const cut = path.lastIndexOf('/')
  return { directory: directoryAt(root, path.slice(0, cut)), name: path.slice(cut + 1) }
}

function create(root: DiskDirectory, path: string): DiskFile {
  const { directory, name } = parentOf(root, path)
  const file = new DiskFile()
  directory.change({ name, node: file })
  return file
}

function remove(root: DiskDirectory, path: string): void {
  if (nodeAt(root, path) === undefined) throw systemError('ENOENT', path)
  const { directory, name } = parentOf(root, path)
  directory.change({ name, node: undefined })
}
