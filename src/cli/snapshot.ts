/** `odradek snapshot`: all that a broker knows, in a file. */
import {
  isSystemError,
  nodeFs,
  unlinkIfThere,
  writeFully,
  type FsFile,
} from '../../storage/file/fs.ts'
import { declare, grouped } from './command.ts'
import { confirm, yesOption, type ConfirmationFlags } from './confirmation.ts'
import { connectionOptions } from './connection.ts'
import { Failure, readProblem } from './failure.ts'
import { ask, httpOption, request, type HttpFlags } from './http-api.ts'
import { integer, object, string, type Described } from './json-schema.ts'

const file = object({ file: string, bytes: integer })

type SnapshotFile = Described<typeof file>

const saveCommand = declare<SnapshotFile, HttpFlags>({
  name: 'save',
  summary: 'Write topics, records, groups, users and configs of a broker into a file.',
  arguments: [['<file>', 'where to; it is replaced']],
  options: [httpOption, ...connectionOptions],
  examples: [['snapshot save before.odradek', 'a state to come back to']],
  output: file,
  async run({ args: [path = ''], options, terminal }) {
    const response = await request(options, 'POST', '/v1/snapshot')
    const chunks = response.body as AsyncIterable<Uint8Array> | null
    const part = `${path}.part`
    let bytes = 0
    try {
      const target = await nodeFs.open(part, 'w+')
      try {
        for await (const chunk of chunks ?? []) {
          await writeFully(target, [Buffer.from(chunk)], bytes)
          bytes += chunk.length
          terminal.progress(`${bytes} bytes`)
        }
      } finally {
        await target.close()
      }
      await nodeFs.rename(part, path)
    } catch (error) {
      await unlinkIfThere(nodeFs, part).catch(() => {})
      if (!isSystemError(error)) throw error
      throw new Failure(`cannot write ${path}: ${error.message}`, 1, error)
    }
    return { file: path, bytes }
  },
  said: ({ file: path, bytes }) =>
    `saved ${bytes} bytes in ${path}\nnext: odradek snapshot load ${path}`,
})

const loadCommand = declare<SnapshotFile, ConfirmationFlags & HttpFlags>({
  name: 'load',
  summary: 'Put what a file has in the place of all that a broker knows.',
  arguments: [['<file>', 'from odradek snapshot save']],
  options: [yesOption, httpOption, ...connectionOptions],
  examples: [['snapshot load before.odradek', 'everything as it was']],
  output: file,
  async run(call) {
    const [path = ''] = call.args
    const source = await opened(path)
    try {
      await confirm(call, `replace everything by ${path}`)
      const bytes = await source.size()
      await ask(call.options, 'POST', '/v1/restore', { bytes: chunksOf(source) })
      return { file: path, bytes }
    } finally {
      await source.close()
    }
  },
  said: ({ file: path, bytes }) => `loaded ${bytes} bytes of ${path}`,
})

async function opened(path: string): Promise<FsFile> {
  try {
    return await nodeFs.open(path, 'r')
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw new Failure(`cannot read ${path}: ${readProblem(error)}`, 2, error)
  }
}

const chunkBytes = 1 << 20

async function* chunksOf(source: FsFile): AsyncGenerator<Uint8Array, void> {
  for (let position = 0; ;) {
    const buffer = Buffer.alloc(chunkBytes)
    const count = await source.read(buffer, position)
    if (count === 0) return
    yield buffer.subarray(0, count)
    position += count
  }
}

export const snapshotCommand = grouped(
  'snapshot',
  'Keep all that a broker knows in a file, and bring it back; of an Odradek for development.',
  [saveCommand, loadCommand],
)
