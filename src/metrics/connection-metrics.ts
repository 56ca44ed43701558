/** The connections of one listener, on all nodes. */
export interface ListenerConnections {
  /** Just now. */
  open: number
  opened: number
  /** Closed because there were too many, or they came too fast. */
  refused: number
}

export class ConnectionMetrics {
  /** By listener. */
  readonly listeners = new Map<string, ListenerConnections>()

  of(listener: string): ListenerConnections {
    const known = this.listeners.get(listener)
    if (known !== undefined) return known
    const fresh = { open: 0, opened: 0, refused: 0 }
    this.listeners.set(listener, fresh)
    return fresh
  }
}
