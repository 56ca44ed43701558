/**
 * The JAAS config of a mechanism, as it stands in `sasl.jaas.config` (Kafka: JaasConfig):
 * `<login module> <control flag> <name>=<value> … ;`
 */
import { tokens, type Token } from './java-tokenizer.ts'

export interface LoginModule {
  /** The class that Java would load; nothing is loaded here (CVE-2023-25194). */
  readonly name: string
  readonly options: ReadonlyMap<string, string>
}

const controlFlags: readonly string[] = ['REQUIRED', 'REQUISITE', 'SUFFICIENT', 'OPTIONAL']

/**
 * Throws a RangeError that quotes nothing: behind a quote that is not escaped, the rest of a
 * password is read as a name.
 */
export function parseJaas(source: string): LoginModule {
  const modules = parseModules(source)
  const [module] = modules
  if (module === undefined) throw new RangeError('Login module not specified in JAAS config')
  if (modules.length > 1) {
    throw new RangeError(
      `JAAS config property contains ${modules.length} login modules, should be 1 module`,
    )
  }
  return module
}

function parseModules(source: string): LoginModule[] {
  const rest = tokens(source)
  const next = (): Token | undefined => rest.next().value ?? undefined
  const modules: LoginModule[] = []
  for (let token = next(); token !== undefined; token = next()) {
    const name = textOf(token)
    if (name === undefined) throw new RangeError('Login module not specified in JAAS config')
    checkControlFlag(textOf(next()))
    modules.push({ name, options: parseOptions(next) })
  }
  return modules
}

function checkControlFlag(flag: string | undefined): void {
  if (flag === undefined) {
    throw new RangeError('Login module control flag not specified in JAAS config')
  }
  if (!controlFlags.includes(flag.toUpperCase())) {
    throw new RangeError('Invalid login module control flag in JAAS config')
  }
}

/** Up to the semicolon. */
function parseOptions(next: () => Token | undefined): Map<string, string> {
  const options = new Map<string, string>()
  for (let nth = 1; ; nth++) {
    const token = next()
    if (token === undefined) {
      throw new RangeError('JAAS config entry not terminated by semi-colon')
    }
    if (isCharacter(token, ';')) return options
    const name = textOf(token)
    if (name === undefined) throw new RangeError(`Option ${nth} in JAAS config has no name`)
    const value = isCharacter(next(), '=') ? textOf(next()) : undefined
    if (value === undefined) {
      throw new RangeError(`Value not specified for option ${nth} in JAAS config; use quotes`)
    }
    options.set(name, value)
  }
}

function textOf(token: Token | undefined): string | undefined {
  return token?.kind === 'text' ? token.text : undefined
}

function isCharacter(token: Token | undefined, text: string): boolean {
  return token?.kind === 'character' && token.text === text
}
