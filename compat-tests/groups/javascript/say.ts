/** Prints a line of a member: the time in milliseconds since the epoch, and what has happened. */
export function say(...words: (string | number)[]): void {
  process.stdout.write(`${Date.now()} ${words.join(' ')}\n`)
}
