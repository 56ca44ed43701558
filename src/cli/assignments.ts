import { ConfigError } from '../config.ts'
import { printable } from './printable.ts'

/** 'name=value', as often as it is given. `flag` is where it stood. Throws a ConfigError. */
export function readAssignments(texts: readonly string[], flag: string): Map<string, string> {
  return new Map(
    texts.map((text): [string, string] => {
      const [, name, value] = /^([^=\s]+)=(.*)$/s.exec(text) ?? []
      if (name !== undefined) return [name, value!]
      throw new ConfigError(`${flag}${printable(text)}: not of the form name=value`)
    }),
  )
}
