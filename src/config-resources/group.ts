/** Groups, which need not exist: what is set on them holds from when they do. */
import { KafkaError } from '../../protocol/errors.ts'
import type { ConfigResources } from './resources.ts'
import { altered } from '../config/alter.ts'
import { describeGroupConfigs } from '../config/describe.ts'
import { checkGroupConfigs } from '../config/group-configs.ts'

export const groupResources: ConfigResources = {
  guardedAs: 'group',

  names: ({ dynamicConfigs }) => dynamicConfigs.names('group'),

  describe(name, { dynamicConfigs, config }) {
    checkGroupId(name)
    return describeGroupConfigs(dynamicConfigs.of('group', name), config)
  },

  async alter(name, { alteration, validateOnly, checkRights }, { dynamicConfigs, config }) {
    checkRights()
    await dynamicConfigs.update('group', name, current => {
      // There is no list among them.
      const configs = altered(current, alteration, () => undefined)
      checkGroupId(name)
      const checked = checkGroupConfigs(configs, config.overrides)
      return validateOnly ? current : checked
    })
  },
}

function checkGroupId(name: string): void {
  if (name === '') throw new KafkaError('INVALID_REQUEST', 'a group needs a name')
}
