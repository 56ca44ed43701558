/** What the broker logs to; any pino logger is one. `details` come first, as pino has it. */
export interface Logger {
  /** The least that is logged, as pino has it; missing where it cannot be changed. */
  level?: string
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
}
