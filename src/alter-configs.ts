/** What AlterConfigs and IncrementalAlterConfigs have in common. */
import { errors, KafkaError } from '../protocol/errors.ts'
import { checkConfigRights, configResourcesOf, type ConfigRules } from './config-resources.ts'
import { checkOperations, type Alteration } from './config/alter.ts'
import { errorCodeOf } from './errors.ts'
import type { Context } from './handler.ts'
import { repeatedKeys } from './repeated.ts'

interface Resource extends Alteration {
  resourceType: number
  resourceName: string
}

interface Answer {
  resourceType: number
  resourceName: string
  errorCode: number
  errorMessage: string | null
}

/** Each resource is changed as a whole or not at all, whatever becomes of the others. */
export async function alterConfigs(
  resources: readonly Resource[],
  validateOnly: boolean,
  rules: ConfigRules,
  context: Context,
): Promise<Answer[]> {
  const keyOf = ({ resourceType, resourceName }: Resource): string =>
    `${resourceType}:${resourceName}`
  const repeated = repeatedKeys(resources, keyOf)
  const answers = resources.map(async ({ resourceType, resourceName, ...alteration }) => {
    const resource = { resourceType, resourceName }
    try {
      if (repeated.has(keyOf({ ...resource, ...alteration }))) {
        throw new KafkaError('INVALID_REQUEST', 'Each resource must appear at most once.')
      }
      checkOperations(alteration.operations)
      const resources = configResourcesOf(resourceType)
      const checkRights = () => checkConfigRights(rules, resources, resourceName, context)
      await resources.alter(resourceName, { alteration, validateOnly, checkRights }, context)
      return { ...resource, errorCode: errors.NONE, errorMessage: null }
    } catch (error) {
      const errorCode = errorCodeOf(error, context.logger, { api: 'AlterConfigs', ...resource })
      return { ...resource, errorCode, errorMessage: error instanceof Error ? error.message : null }
    }
  })
  return Promise.all(answers)
}

/** The answer when the whole request is refused. */
export function refused(
  resources: readonly Pick<Answer, 'resourceType' | 'resourceName'>[],
  errorCode: number,
): Answer[] {
  return resources.map(({ resourceType, resourceName }) => {
    return { resourceType, resourceName, errorCode, errorMessage: null }
  })
}
