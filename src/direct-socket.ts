/**
 * Sockets that read into memory of their user. Node has that for sockets that connect (`onread` of
 * net.Socket), but not for those that a server accepts: these come with a fresh 64 KB for each
 * read, which then have to be copied to where the bytes belong, and collected.
 */
import { Socket, type OnReadOpts } from 'node:net'

export interface ReadInto {
  /** Where the next bytes are to be put. */
  space(): Buffer
  /** So many bytes have been put there. */
  taken(bytes: number): void
  /** Bytes have come elsewhere. */
  came(chunk: Buffer): void
}

/** What Node keeps to itself, and has kept since version 12. */
const handleKey = '_handle'

type Internals = Record<typeof handleKey, { useUserBuffer?: unknown } | null>

/**
 * The socket in the place of one that a server has accepted and that is paused. Where it cannot be
 * had, the same one.
 */
export function directSocket(accepted: Socket, { space, taken, came }: ReadInto): Socket {
  const internals = accepted as unknown as Internals
  const handle = internals[handleKey]
  // Windows is told where to put the bytes before there are any, and this space is shared.
  if (process.platform === 'win32' || typeof handle?.useUserBuffer !== 'function') {
    accepted.on('data', came)
    accepted.resume()
    return accepted
  }
  internals[handleKey] = null
  accepted.destroy()
  const onread: OnReadOpts = {
    buffer: space,
    callback: bytes => {
      taken(bytes)
      return true
    },
  }
  return new Socket({ allowHalfOpen: true, handle, onread } as ConstructorParameters<
    typeof Socket
  >[0])
}
