import packageJson from '../package.json' with { type: 'json' }

/** The version of this program, for people. */
export const { version } = packageJson
