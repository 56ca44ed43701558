/** Controls of terminals and lines, and those that turn the direction of text. */
const controls = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/**
 * Names and records come from clients: none may begin a line of its own, or tell a terminal what to
 * do. JSON stays JSON, and means the same.
 */
export function printable(text: string): string {
  return text.replace(controls, control => {
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
