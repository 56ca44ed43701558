import { InvalidInput } from '../admin/invalid-input.ts'
import { ConfigError } from '../config.ts'
import { KafkaError } from '../../protocol/errors.ts'
import { OpenError } from '../../storage/open-error.ts'
import { StorageError } from '../../storage/partition-log.ts'
import {
  ConnectFailure,
  ConnectionLost,
  DeadlineExceeded,
  UnsupportedRequest,
} from '../client/failures.ts'
import { isOurProgram, portOwner, type PortOwner } from './port-owner.ts'

/**
 * 1: it could not be done, 2: it was called wrongly, 3: nobody can be reached there, 4: it took too
 * long, 130: by Ctrl-C; 0: nothing failed, and there is nothing more to do.
 */
type ExitCode = 0 | 1 | 2 | 3 | 4 | 130

/** Ends the program with one line for people: what has happened, why, and what to do. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode, cause?: unknown) {
    super(message, { cause })
    this.exitCode = exitCode
  }
}

/** Of what clients of a broker meet with. */
const exitCodes: readonly (readonly [abstract new (...args: never[]) => Error, ExitCode])[] = [
  [ConnectFailure, 3],
  [ConnectionLost, 3],
  [DeadlineExceeded, 4],
  [UnsupportedRequest, 1],
  [KafkaError, 1],
]

/** Undefined for an error that is a bug. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error
  if (error instanceof ConfigError || error instanceof InvalidInput) {
    return new Failure(error.message, 2, error)
  }
  if (error instanceof OpenError || error instanceof StorageError) {
    return new Failure(error.message, 1, error)
  }
  const exitCode = exitCodes.find(([type]) => error instanceof type)?.[1]
  if (exitCode !== undefined) return new Failure((error as Error).message, exitCode, error)
  if (isNetworkError(error)) return new Failure(listenProblem(error), 1, error)
  return undefined
}

/** Why a file or a directory cannot be read. */
export function readProblem({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOENT':
      return 'there is no such file or directory'
    case 'EISDIR':
      return 'it is a directory'
    case 'ENOTDIR':
      return 'it is not a directory'
    case 'EACCES':
      return 'it may not be read'
    default:
      return message
  }
}

/** What node:net rejects with when it cannot listen, or cannot find the host. */
interface NetworkError extends Error {
  code: string
  syscall: string
  address?: string
  port?: number
  hostname?: string
}

function isNetworkError(error: unknown): error is NetworkError {
  const { syscall } = error as Partial<NetworkError>
  return error instanceof Error && (syscall === 'listen' || syscall === 'getaddrinfo')
}

function stopping(owner: PortOwner | undefined): string {
  return owner !== undefined && isOurProgram(owner.pid) ? ", or 'odradek stop'" : ''
}

function listenProblem({ code, address, hostname, port, message }: NetworkError): string {
  if (hostname !== undefined)
    return `cannot listen on ${hostname}: no such host. Try --host 127.0.0.1`
  const prefix = `cannot listen on ${address}:${port ?? 0}`
  switch (code) {
    case 'EADDRINUSE': {
      const owner = portOwner(port!)
      const by = owner === undefined ? '' : ` by process ${owner.pid} (${owner.program})`
      return `${prefix}: the port is in use${by}. Use --port 0 for a free port${stopping(owner)}`
    }
    case 'EACCES':
      return `${prefix}: not allowed. Ports from 1024 on need no privileges; try --port 9092`
    case 'EADDRNOTAVAIL':
      return `${prefix}: this machine does not have that address. Try --host 127.0.0.1`
    default:
      return `${prefix}: ${message}`
  }
}
