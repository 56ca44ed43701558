import { readFileSync, statSync } from 'node:fs'
import { ConfigError, type Setting } from '../config.ts'
import { parseProperties } from '../config/properties-file.ts'
import { readProblem } from './failure.ts'

/**
 * The settings in a file of the form of Kafka's server.properties, which `flag` has named. Throws a
 * ConfigError.
 */
export function readConfigFile(path: string, flag = '--config'): Setting[] {
  try {
    const isReadableByAll = process.platform !== 'win32' && (statSync(path).mode & 0o004) > 0
    return parseProperties(readFileSync(path, 'utf8')).map(({ key, value, line }) => {
      return { name: key, value, origin: `${path}:${line}: ${key}`, isReadableByAll }
    })
  } catch (error) {
    if (error instanceof SyntaxError) throw new ConfigError(`${path}:${error.message}`)
    throw new ConfigError(
      `cannot read ${flag} ${path}: ${readProblem(error as NodeJS.ErrnoException)}`,
    )
  }
}
