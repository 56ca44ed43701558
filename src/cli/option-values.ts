/** The values of options, checked. */
import { InvalidArgumentError } from 'commander'

/** A whole number in a range; for `argParser`. */
export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return text => {
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : NaN
    if (value >= min && value <= max) return value
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`
    throw new InvalidArgumentError(`It is a whole number ${range}.`)
  }
}

/** The same for an option that may be repeated. */
export function appendNumber(
  min: number,
  max: number,
): (text: string, numbers?: readonly number[]) => number[] {
  const read = wholeNumber(min, max)
  return (text, numbers = []) => [...numbers, read(text)]
}

/** An option that may be repeated; for `argParser`. */
export function append(value: string, values: string[] = []): string[] {
  return [...values, value]
}
