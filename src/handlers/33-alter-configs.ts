/**
 * AlterConfigs: v0–2. Sets all configs of a resource and unsets those that are not named (KIP-133);
 * IncrementalAlterConfigs is its successor. v2 flexible.
 */
import { alterConfigs as api } from '../../protocol/apis/33-alter-configs.ts'
import { alterConfigs, refused } from '../alter-configs.ts'
import { requires } from '../auth/required.ts'
import { operationCodes } from '../config/alter.ts'
import { handle } from '../handler.ts'

export default handle(api, {
  async run({ resources, validateOnly }, context) {
    const alterations = resources.map(({ configs, ...resource }) => ({
      ...resource,
      operations: configs.map(config => ({ ...config, operation: operationCodes.set })),
      replacesAll: true,
    }))
    return {
      responses: await alterConfigs(alterations, validateOnly, requires.AlterConfigs, context),
    }
  },

  fail: (errorCode, { resources }) => ({ responses: refused(resources, errorCode) }),
})
