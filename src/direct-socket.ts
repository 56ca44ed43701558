/**
 * Sockets that read into memory of their user. Node has that for sockets that connect (`onread` of
 * net.Socket), but not for those that a server accepts: these come with a fresh 64 KB for each
 * read, which then have to be copied to where the bytes belong, and collected.
 */
import { Socket, type OnReadOpts } from 'node:net'

export interface ReadInto {
  /** Where the next bytes are to be put. */
  readonly space: () => Buffer
  /** So many bytes have been put there; somebody else may take over. */
  taken: (bytes: number) => void
  /** Bytes have come elsewhere. */
  readonly came: (chunk: Buffer) => void
}

/** What Node keeps to itself, and has kept since version 12. */
const handleKey = '_handle'
const bufferKeys = ['kBuffer', 'kBufferGen', 'kBufferCb']

interface Internals {
  [handleKey]: { useUserBuffer?: (buffer: Buffer) => void } | null
  [buffer: symbol]: unknown
}

/**
 * The socket in the place of one that a server has accepted and that is paused. Where it cannot be
 * had, the same one.
 */
export function directSocket(accepted: Socket, readInto: ReadInto): Socket {
  const { space, came } = readInto
  const internals = accepted as unknown as Internals
  const handle = internals[handleKey]
  const onread: OnReadOpts = {
    buffer: space,
    callback: bytes => {
      readInto.taken(bytes)
      return true
    },
  }
  if ('encrypted' in accepted) {
    writeApart(accepted)
    if (adopt(onread, internals)) return accepted.resume()
  }
  // Windows is told where to put the bytes before there are any, and this space is shared.
  if (process.platform === 'win32' || typeof handle?.useUserBuffer !== 'function') {
    accepted.on('data', came)
    accepted.resume()
    return accepted
  }
  internals[handleKey] = null
  accepted.destroy()
  return new Socket({ allowHalfOpen: true, handle, onread } as ConstructorParameters<
    typeof Socket
  >[0])
}

/**
 * A socket of TLS stays, for it has the state of its session; it takes over what `onread` makes of
 * another one. Else each record of 16 KB comes with memory of its own: 0.8 s of processor time for
 * each GB instead of 0.4. False where that cannot be had.
 */
function adopt(onread: OnReadOpts, internals: Internals): boolean {
  const other = new Socket({ onread })
  const symbols = bufferKeys.map(key =>
    Object.getOwnPropertySymbols(other).find(({ description }) => description === key),
  )
  const [current] = symbols
  const handle = internals[handleKey]
  if (current === undefined || symbols.includes(undefined) || !handle?.useUserBuffer) return false
  for (const symbol of symbols) internals[symbol!] = (other as unknown as Internals)[symbol!]
  const space = (onread.buffer as () => Buffer)()
  internals[current] = space
  handle.useUserBuffer(space)
  return true
}

/** From now on, such a socket gives out what it reads as every stream does. */
export function readAsStream(socket: Socket, readInto: ReadInto): void {
  readInto.taken = bytes => {
    socket.push(Buffer.from(readInto.space().subarray(0, bytes)))
  }
}

/** What a stream is made of, and may be made of otherwise (node:stream). */
const [writeKey, writeAllKey] = ['_write', '_writev'] as const

/** From here on, another write costs less than another copy. */
const apartBytes = 16 * 1024

/**
 * What a socket of TLS gets at once, Node copies into one piece of fresh memory before it is
 * encrypted: 0.12 s of processor time for each GB. Large buffers are written one by one instead.
 */
function writeApart(socket: Socket): void {
  const writeAtOnce = socket[writeAllKey]!.bind(socket)
  socket[writeAllKey] = (chunks, callback) => {
    if (!chunks.some(({ chunk }) => (chunk as Buffer).length >= apartBytes)) {
      writeAtOnce(chunks, callback)
      return
    }
    const writeFrom = (index: number): void => {
      const { chunk, encoding } = chunks[index]!
      const isLast = index === chunks.length - 1
      socket[writeKey](chunk, encoding, error => {
        if (error || isLast) callback(error)
        else writeFrom(index + 1)
      })
    }
    writeFrom(0)
  }
}
