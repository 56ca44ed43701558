/** Builtins that take milliseconds to load, and that most brokers in tests never need. */
export const crypto = () => process.getBuiltinModule('node:crypto')
export const zlib = () => process.getBuiltinModule('node:zlib')
