/** Holds what comes against the schemas of a route; each is compiled when it is needed. */
import type { ErrorObject } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { FastifyInstance } from 'fastify'
import { InvalidInput } from '../admin/invalid-input.ts'
import { nearestName } from '../config/nearest-name.ts'

const options = { useDefaults: true, verbose: true, allowUnionTypes: true }

/** Schemas are the same for all brokers of a process, and are compiled once for all of them. */
const ofBodies = new Ajv2020(options)
/** There, all values are texts. */
const ofUrls = new Ajv2020({ ...options, coerceTypes: true })

export function validate(app: FastifyInstance): void {
  app.setValidatorCompiler<object>(({ schema, httpPart }) => {
    const ajv = httpPart === 'body' ? ofBodies : ofUrls
    const part = httpPart === 'body' ? 'the body' : 'the address'
    return (data: unknown) => {
      if (data === undefined) return { error: new InvalidInput(`${part} has to be JSON`) }
      const isValid = ajv.compile(schema)
      if (isValid(data)) return { value: data }
      return { error: new InvalidInput(problem(isValid.errors!.at(-1)!, part)) }
    }
  })
}

/** Names the field, and says what is wrong with it. */
function problem({ instancePath, keyword, params, message, ...rest }: ErrorObject, part: string) {
  const field = instancePath.slice(1).replaceAll('/', '.')
  const where = field === '' ? part : field
  const { parentSchema, data } = rest
  if (keyword === 'additionalProperties') {
    const { additionalProperty: name } = params as { additionalProperty: string }
    const names = Object.keys((parentSchema as { properties?: object }).properties ?? {})
    const nearest = nearestName(name, names)
    const known = names.length === 0 ? 'it has none' : `there are ${names.join(', ')}`
    const hint = nearest === undefined ? known : `did you mean '${nearest}'?`
    return `${where} has no field '${name}': ${hint}`
  }
  if (keyword === 'required') {
    return `${where} lacks the field '${(params as { missingProperty: string }).missingProperty}'`
  }
  if (keyword === 'enum') {
    const { allowedValues } = params as { allowedValues: readonly unknown[] }
    return `${where} is one of ${allowedValues.join(', ')}, not ${JSON.stringify(data)}`
  }
  return `${where} ${message}, and is ${shortened(JSON.stringify(data))}`
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
