/**
 * IncrementalAlterConfigs: v0–1. Sets and unsets single configs, and adds to and takes from those
 * that are lists (KIP-339). v1 flexible.
 */
import { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import { alterConfigs, refused } from '../alter-configs.ts'
import { requires } from '../auth/required.ts'
import { handle } from '../handler.ts'

export default handle(incrementalAlterConfigs, {
  async run({ resources, validateOnly }, context) {
    const alterations = resources.map(({ configs, ...resource }) => ({
      ...resource,
      operations: configs.map(({ name, configOperation: operation, value }) => {
        return { name, operation, value }
      }),
      replacesAll: false,
    }))
    const rules = requires.IncrementalAlterConfigs
    return { responses: await alterConfigs(alterations, validateOnly, rules, context) }
  },

  fail: (errorCode, { resources }) => ({ responses: refused(resources, errorCode) }),
})
