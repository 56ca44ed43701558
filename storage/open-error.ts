/** Storage cannot be opened as it is: the message says what is wrong, where, and what to do. */
export class OpenError extends Error {
  override readonly name = 'OpenError'
}
