/**
 * DescribeConfigs: v0–4. v1 sources and synonyms (KIP-226); v3 types and documentation (KIP-569);
 * v4 flexible.
 */
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import { errors } from '../../protocol/errors.ts'
import type { Infer } from '../../protocol/schema.ts'
import { requires } from '../auth/required.ts'
import { checkConfigRights, configResources, configResourcesOf } from '../config-resources.ts'
import { configSources } from '../config/effective.ts'
import { handle, type Context } from '../handler.ts'
import { errorCodeOf } from '../errors.ts'

type Request = Infer<typeof describeConfigs.request>
type Resource = Request['resources'][number]

export default handle(describeConfigs, {
  run(request, context) {
    const unknown = request.resources.find(({ resourceType }) => !configResources.has(resourceType))
    if (unknown === undefined) {
      return { results: request.resources.map(resource => describe(resource, request, context)) }
    }
    const reason = `Unknown resource type ${unknown.resourceType}`
    return { results: refuseAll(request, errors.INVALID_REQUEST, reason) }
  },

  fail: (errorCode, request) => ({ results: refuseAll(request, errorCode, null) }),
})

function refuseAll({ resources }: Request, errorCode: number, errorMessage: string | null) {
  return resources.map(resource => ({ ...idOf(resource), errorCode, errorMessage, configs: [] }))
}

const idOf = ({ resourceType, resourceName }: Resource) => ({ resourceType, resourceName })

function describe(resource: Resource, request: Request, context: Context) {
  try {
    const keys = resource.configurationKeys
    const resources = configResourcesOf(resource.resourceType)
    checkConfigRights(requires.DescribeConfigs, resources, resource.resourceName, context)
    const configs = resources
      .describe(resource.resourceName, context)
      .filter(({ name }) => keys === null || keys.length === 0 || keys.includes(name))
      .map(entry => ({
        ...entry,
        isDefault: entry.configSource === configSources.default,
        synonyms: request.includeSynonyms ? entry.synonyms : [],
        documentation: request.includeDocumentation ? entry.documentation : null,
      }))
    return { ...idOf(resource), errorCode: errors.NONE, errorMessage: '', configs }
  } catch (error) {
    const details = { api: 'DescribeConfigs', ...idOf(resource) }
    const errorCode = errorCodeOf(error, context.logger, details)
    const errorMessage = error instanceof Error ? error.message : null
    return { ...idOf(resource), errorCode, errorMessage, configs: [] }
  }
}
