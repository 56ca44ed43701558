/**
 * What a config may be: its type, default and range. Texts are what Kafka's configs are made of;
 * typed values are for the broker. The rules of each type are those of Kafka's ConfigDef, and so
 * is what is said of a wrong value: people search for it.
 */
export interface Definition<T> {
  readonly type: ConfigTypeName
  /** In the form that `normalize` gives; null where nothing holds unless it is set. */
  readonly default: string | null
  readonly doc: string
  readonly broker: string | undefined
  readonly alias: string | undefined
  readonly flag: string | undefined
  /** Of a broker's config: how it may change while the broker runs; undefined: not at all. */
  readonly dynamic: DynamicUse | undefined
  /** The one way to write this value. Throws a RangeError that says what is wrong with it. */
  normalize(text: string): string
  /** The value of a normalized text. */
  value(text: string): NonNullable<T>
}

export type ConfigTypeName =
  'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD'

/**
 * What a config can be set on while brokers run: on all brokers or one of them ('cluster'), on one
 * ('broker'), or on one for each of its listeners ('listener'). Kafka: DynamicBrokerConfig.
 */
export type DynamicUse = 'cluster' | 'broker' | 'listener'

/** What a definition makes of the default `null`: a value that may be null. */
type OrNull<T, Default> = Default extends null ? T | null : T

interface Common<Default> extends Source {
  readonly default: Default
  readonly doc: string
}

/** Where else the value may come from. */
interface Source {
  /** Of a topic's config: the broker's config that holds for topics that do not set it. */
  readonly broker?: string
  /** Another of Kafka's names for the same. */
  readonly alias?: string
  /** The flag of the command line, as commander reads it. */
  readonly flag?: string
  readonly dynamic?: DynamicUse
}

export interface Range {
  readonly min?: number
  readonly max?: number
  /** Allowed although it lies outside of the range. */
  readonly or?: number
}

export function int<D extends number | null>(
  options: Common<D> & Range,
): Definition<OrNull<number, D>> {
  return wholeNumber('INT', 31n, options)
}

export function short<D extends number | null>(
  options: Common<D> & Range,
): Definition<OrNull<number, D>> {
  return wholeNumber('SHORT', 15n, options)
}

/** Past 2^53 a value is Infinity: Kafka writes the largest long where it means "no limit". */
export function long<D extends number | null>(
  options: Common<D> & Range,
): Definition<OrNull<number, D>> {
  return wholeNumber('LONG', 63n, options)
}

function wholeNumber<D extends number | null>(
  type: 'SHORT' | 'INT' | 'LONG',
  bits: bigint,
  options: Common<D> & Range,
): Definition<OrNull<number, D>> {
  const limit = 1n << bits
  const initial = options.default === Infinity ? limit - 1n : options.default
  return {
    ...common(type, initial === null ? null : String(initial), options),
    normalize(text) {
      const trimmed = text.trim()
      const number = /^[+-]?\d{1,20}$/.test(trimmed) ? BigInt(trimmed.replace('+', '')) : limit
      if (number >= limit || number < -limit) {
        throw new RangeError(`Not a number of type ${type}`)
      }
      checkRange(Number(number), options)
      return String(number)
    },
    value: text => saturated(Number(text)),
  }
}

function saturated(value: number): number {
  if (Number.isSafeInteger(value)) return value
  return value > 0 ? Infinity : -Infinity
}

export function double<D extends number>(options: Common<D> & Range): Definition<number> {
  return {
    ...common('DOUBLE', doubleText(options.default), options),
    normalize(text) {
      const value = text.trim() === '' ? NaN : Number(text)
      if (Number.isNaN(value)) throw new RangeError('Not a number of type DOUBLE')
      checkRange(value, options)
      return doubleText(value)
    },
    value: Number,
  }
}

/** As Java writes it: with a fraction, and from 10^7 on and below 10^-3 with an exponent. */
function doubleText(value: number): string {
  const size = Math.abs(value)
  const hasExponent = size !== 0 && (size < 1e-3 || size >= 1e7)
  const [digits, exponent] = (hasExponent ? value.toExponential() : String(value)).split('e')
  const fraction = digits!.includes('.') ? digits! : `${digits}.0`
  return exponent === undefined ? fraction : `${fraction}E${exponent.replace('+', '')}`
}

export function bool(options: Common<boolean>): Definition<boolean> {
  return {
    ...common('BOOLEAN', String(options.default), options),
    normalize(text) {
      const normal = text.trim().toLowerCase()
      if (normal !== 'true' && normal !== 'false')
        throw new RangeError('Expected value to be either true or false')
      return normal
    },
    value: text => text === 'true',
  }
}

export function string<D extends string | null>(
  options: Common<D> & { readonly form?: Form },
  type: 'STRING' | 'CLASS' | 'PASSWORD' = 'STRING',
): Definition<OrNull<string, D>> {
  return {
    ...common(type, options.default, options),
    normalize(text) {
      checkForm(text, options.form)
      return text
    },
    value: text => text,
  }
}

export function oneOf<const T extends string, D extends NoInfer<T> | null>(
  allowed: readonly T[],
  options: Common<D>,
): Definition<OrNull<T, D>> {
  return {
    ...common('STRING', options.default, options),
    normalize(text) {
      checkAllowed(text, allowed)
      return text
    },
    value: text => text as T,
  }
}

interface ListRules {
  /** The items that there may be; any, where this is missing. */
  readonly allowed?: readonly string[]
  /** Of the list as a whole. */
  readonly form?: Form
}

interface Form {
  readonly pattern: RegExp
  /** In short, for a text of another form. */
  readonly text: string
}

/** Items between commas, each once, without the blanks around them. */
export function list<D extends string | null>(
  options: Common<D> & ListRules,
): Definition<OrNull<string[], D>> {
  const { allowed, form } = options
  return {
    ...common('LIST', options.default, options),
    normalize(text) {
      const items = itemsOf(text)
      if (items.includes('')) throw new RangeError('Values must not be empty')
      checkForm(items.join(','), form)
      for (const item of allowed ? items : []) checkAllowed(item, allowed!)
      return items.join(',')
    },
    value: itemsOf,
  }
}

function itemsOf(text: string): string[] {
  if (text.trim() === '') return []
  return [...new Set(text.split(',').map(item => item.trim()))]
}

function common(type: ConfigTypeName, initial: string | null, options: Common<unknown>) {
  const { doc, broker, alias, flag, dynamic } = options
  return { type, default: initial, doc, broker, alias, flag, dynamic }
}

function checkRange(value: number, { min = -Infinity, max = Infinity, or }: Range): void {
  if (value === or || (value >= min && value <= max)) return
  const bound = value < min ? `at least ${min}` : `no more than ${max}`
  throw new RangeError(`Value must be ${bound}${or === undefined ? '' : ` or equal to ${or}`}`)
}

function checkForm(text: string, form: Form | undefined): void {
  if (form && !form.pattern.test(text)) throw new RangeError(`Not ${form.text}`)
}

function checkAllowed(item: string, allowed: readonly string[]): void {
  if (!allowed.includes(item)) throw new RangeError(`String must be one of: ${allowed.join(', ')}`)
}

/** What may be told of a value: nothing of a secret (Kafka: Password). */
export function shownValue({ type }: Definition<unknown>, text: string): string {
  return type === 'PASSWORD' ? '[hidden]' : text
}

/** Throws a RangeError with Kafka's message (ConfigException). */
export function normalizedValue(
  name: string,
  definition: Definition<unknown>,
  text: string,
): string {
  try {
    return definition.normalize(text)
  } catch (error) {
    const reason = (error as RangeError).message
    const value = shownValue(definition, text)
    throw new RangeError(`Invalid value ${value} for configuration ${name}: ${reason}`)
  }
}

/** A table of configs by Kafka's names. */
export type Definitions = Readonly<Record<string, Definition<unknown>>>

/** 'num.partitions' becomes 'numPartitions'. */
type CamelCase<Name extends string> = Name extends `${infer Head}.${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name

/** The values of a table, in TypeScript's spelling of their names. */
export type Values<Table extends Definitions> = {
  readonly [Name in keyof Table & string as CamelCase<Name>]: Table[Name] extends Definition<
    infer T
  >
    ? T
    : never
}

/** The values of a table; `textOf` gives each in normalized form, or null. */
export function valuesOf<Table extends Definitions>(
  table: Table,
  textOf: (name: keyof Table & string) => string | null,
): Values<Table> {
  const values = Object.entries(table).map(([name, definition]) => {
    const text = textOf(name)
    return [camelCase(name), text === null ? null : definition.value(text)]
  })
  return Object.fromEntries(values) as Values<Table>
}

/** As many as there are configs. */
const camelCased = new Map<string, string>()

function camelCase(name: string): string {
  const known = camelCased.get(name)
  if (known !== undefined) return known
  const camel = name.replace(/\.(.)/g, (_, letter: string) => letter.toUpperCase())
  camelCased.set(name, camel)
  return camel
}
