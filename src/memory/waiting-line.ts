/** What a place in a line needs: 0 for none; it is kept until its owner gives it up. */
export interface Place {
  ticket: number
}

/** Who waits, in the order of their tickets: who comes back with one stands where it stood. */
export class WaitingLine<T extends Place> {
  #waiting: T[] = []
  #lastTicket = 0

  get length(): number {
    return this.#waiting.length
  }

  get first(): T | undefined {
    return this.#waiting[0]
  }

  /** False where it stands in the line already. */
  join(place: T): boolean {
    place.ticket ||= ++this.#lastTicket
    const at = this.#indexOf(place.ticket)
    if (this.#waiting[at] === place) return false
    this.#waiting.splice(at, 0, place)
    return true
  }

  /** Its ticket stays valid. False where it does not stand in the line. */
  leave(place: T): boolean {
    const at = this.#indexOf(place.ticket)
    if (this.#waiting[at] !== place) return false
    this.#waiting.splice(at, 1)
    return true
  }

  /** Where the ticket stands or would stand. */
  #indexOf(ticket: number): number {
    let low = 0
    let high = this.#waiting.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#waiting[middle]!.ticket < ticket) low = middle + 1
      else high = middle
    }
    return low
  }
}
