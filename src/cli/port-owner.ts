import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

export interface PortOwner {
  pid: number
  /** Like 'java'. */
  program: string
}

/** Who listens on a TCP port. Known on Linux only, if at all. */
export function portOwner(port: number): PortOwner | undefined {
  try {
    const sockets = listeningSockets(port)
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      // Its file, because a program may name its threads: Node's is called MainThread.
      if (holds(pid, sockets)) {
        return { pid: Number(pid), program: basename(readlinkSync(`/proc/${pid}/exe`)) }
      }
    }
  } catch {
    // Another system, or a process that ended while it was looked at.
  }
  return undefined
}

/** Whether a process was started as `odradek`, or by its path. */
export function isOurProgram(pid: number): boolean {
  try {
    const [, script = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return /(^|\/)odradek(\.js)?$/.test(script)
  } catch {
    return false
  }
}

const listening = '0A'

/** The inodes of the sockets; see proc(5), /proc/net/tcp. */
function listeningSockets(port: number): Set<string> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(file =>
    readFileSync(file, 'utf8').trim().split('\n').slice(1),
  )
  const rows = lines.map(line => line.trim().split(/\s+/))
  const matching = rows.filter(([, local, , state]) => {
    return local!.endsWith(`:${hexPort}`) && state === listening
  })
  return new Set(matching.map(row => `socket:[${row[9]}]`))
}

function holds(pid: string, sockets: ReadonlySet<string>): boolean {
  try {
    const directory = `/proc/${pid}/fd`
    return readdirSync(directory).some(fd => sockets.has(readlinkSync(`${directory}/${fd}`)))
  } catch {
    // Somebody else's process, or one that has just ended.
    return false
  }
}
