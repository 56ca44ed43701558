/** What somebody has given is not what is meant here: says what, where, and what to do. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput'
}
