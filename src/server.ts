import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Admission } from './admission.ts'
import { anonymous, type Principal } from './auth/principal.ts'
import type { Timer } from './clock.ts'
import { Connection, type ConnectionOptions } from './connection.ts'
import { Door } from './door.ts'
import type { TlsListener } from './tls/tls-listener.ts'

export interface Listener {
  /** Where it listens; the port is the real one where 0 was asked for. */
  readonly host: string
  readonly port: number
  /** Answers what is in flight on each connection, and closes it. */
  disconnect(): void
  /** Stops listening and answers what is in flight, for at most `graceMs`. */
  close(graceMs: number): Promise<void>
}

export interface ListenerOptions extends ConnectionOptions {
  host: string
  port: number
  admission: Admission
  /** What makes connections secure; undefined: they stay plain. */
  tls: TlsListener | undefined
  /** A connection without traffic and without a request in flight is closed after this. */
  maxIdleMs: number
}

/** Listens for TCP. Rejects with the system's error (EADDRINUSE, EACCES, …). */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { clock, admission, tls } = options
  const connections = new Set<Connection>()
  const door = new Door(options.listener.name, admission)
  let lastIsGone: (() => void) | undefined
  const connect = (socket: Socket, principal: Principal, onClose?: () => void): void => {
    const connection = new Connection(socket, principal, options, () => {
      connections.delete(connection)
      onClose?.()
      if (connections.size === 0) lastIsGone?.()
    })
    connections.add(connection)
  }
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket => {
    door.arrive(socket, leave => {
      if (tls === undefined) return connect(socket, anonymous, leave)
      if (socket.destroyed) return leave()
      socket.once('close', leave)
      tls.secure(socket, connect)
    })
  })
  await listening(server, options)
  server.on('error', error => admission.failed(error))
  if (!options.keepsProcessAlive) server.unref()
  const { address, port } = server.address() as AddressInfo
  const sweep = closeStale(connections, options)
  return {
    host: address,
    port,
    disconnect() {
      for (const connection of connections) connection.end()
    },
    async close(graceMs) {
      sweep.cancel()
      door.close()
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      // The server itself knows nothing of the sockets that have taken the place of its own.
      const allGone = new Promise<void>(resolve => {
        if (connections.size === 0) resolve()
        else lastIsGone = resolve
      })
      for (const connection of connections) connection.end()
      const deadline = clock.after(graceMs, () => {
        for (const connection of connections) connection.destroy()
      })
      await Promise.all([closed, allGone])
      deadline.cancel()
    },
  }
}

function listening(server: Server, { host, port }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Looks often enough that no connection outlives a limit by more than a quarter. */
function closeStale(connections: Set<Connection>, options: ListenerOptions): Timer {
  const { clock, maxIdleMs, maxFirstRequestMs, maxReceiveMs } = options
  const intervalMs = Math.min(maxIdleMs, maxFirstRequestMs, maxReceiveMs) / 4
  let timer: Timer
  const look = (): void => {
    const nowMs = clock.monotonic()
    for (const connection of connections) {
      connection.checkArrival(nowMs)
      if (connection.isIdle && connection.lastActiveMs < nowMs - maxIdleMs) connection.destroy()
    }
    timer = clock.after(intervalMs, look)
  }
  timer = clock.after(intervalMs, look)
  return { cancel: () => timer.cancel() }
}
