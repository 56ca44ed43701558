/** Configs (Kafka: ConfigAdminManager, ConfigurationControlManager, ConfigHelper). */
import { describe } from 'vitest'
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import { alterConfigs } from '../../protocol/apis/33-alter-configs.ts'
import { incrementalAlterConfigs } from '../../protocol/apis/44-incremental-alter-configs.ts'
import { listConfigResources } from '../../protocol/apis/74-list-config-resources.ts'
import type { Input } from '../../protocol/schema.ts'
import { request } from './bytes.ts'
import { hostile, type Given, type Row } from './table.ts'
import { differs } from '../handlers/wire.ts'

type Change = Input<typeof incrementalAlterConfigs.request>['resources'][number]['configs'][number]

const altering =
  (configs: readonly Change[], resource: { resourceType?: number; resourceName?: string } = {}) =>
  ({ topic }: Given): Buffer =>
    request(incrementalAlterConfigs, 1, {
      resources: [{ resourceType: 2, resourceName: topic.name, configs, ...resource }],
      validateOnly: true,
    })

const set = (name: string, value: string | null): Change => ({ name, value, configOperation: 0 })
const [set1, set2] = [set('retention.ms', '1'), set('retention.ms', '2')]

const configs: readonly Row[] = [
  ['IncrementalAlterConfigs of a config twice', altering([set1, set2]), 'INVALID_REQUEST'],
  // Kafka fails in a way that it did not expect.
  [
    'IncrementalAlterConfigs of operation 9',
    altering([{ ...set1, configOperation: 9 }]),
    differs({ here: 'INVALID_REQUEST', kafka: 'UNKNOWN_SERVER_ERROR' }),
  ],
  [
    'IncrementalAlterConfigs of operation -1',
    altering([{ ...set1, configOperation: -1 }]),
    differs({ here: 'INVALID_REQUEST', kafka: 'UNKNOWN_SERVER_ERROR' }),
  ],
  [
    'IncrementalAlterConfigs that appends to a number',
    altering([{ ...set1, configOperation: 2 }]),
    'INVALID_CONFIG',
  ],
  ['IncrementalAlterConfigs to null', altering([set('retention.ms', null)]), 'INVALID_REQUEST'],
  ['IncrementalAlterConfigs of __proto__', altering([set('__proto__', '1')]), 'INVALID_CONFIG'],
  [
    'IncrementalAlterConfigs that deletes __proto__',
    altering([{ ...set('__proto__', null), configOperation: 1 }]),
    'NONE',
  ],
  ['IncrementalAlterConfigs of no config', altering([]), 'NONE'],
  [
    'IncrementalAlterConfigs of a topic that is not there',
    altering([set1], { resourceName: 'odd' }),
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  [
    'IncrementalAlterConfigs of the topic __proto__x',
    altering([set1], { resourceName: '__proto__x' }),
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
  [
    'IncrementalAlterConfigs of the topic ""',
    altering([set1], { resourceName: '' }),
    'INVALID_REQUEST',
  ],
  ['IncrementalAlterConfigs of type 0', altering([set1], { resourceType: 0 }), 'INVALID_REQUEST'],
  ['IncrementalAlterConfigs of type 99', altering([set1], { resourceType: 99 }), 'INVALID_REQUEST'],
  ['IncrementalAlterConfigs of type -1', altering([set1], { resourceType: -1 }), 'INVALID_REQUEST'],
  [
    'IncrementalAlterConfigs of a broker of no number',
    altering([set1], { resourceType: 4, resourceName: 'x' }),
    'INVALID_REQUEST',
  ],
  [
    'IncrementalAlterConfigs of the group ""',
    altering([set('consumer.session.timeout.ms', '45000')], { resourceType: 32, resourceName: '' }),
    'INVALID_REQUEST',
  ],
  [
    'IncrementalAlterConfigs of a resource twice',
    ({ topic }) =>
      request(incrementalAlterConfigs, 1, {
        resources: [
          { resourceType: 2, resourceName: topic.name, configs: [set1] },
          { resourceType: 2, resourceName: topic.name, configs: [set2] },
        ],
        validateOnly: true,
      }),
    'INVALID_REQUEST, INVALID_REQUEST',
  ],
  [
    'AlterConfigs of a config twice',
    ({ topic }) =>
      request(alterConfigs, 2, {
        resources: [
          {
            resourceType: 2,
            resourceName: topic.name,
            configs: [
              { name: 'retention.ms', value: '1' },
              { name: 'retention.ms', value: '2' },
            ],
          },
        ],
        validateOnly: true,
      }),
    'INVALID_REQUEST',
  ],
  [
    'AlterConfigs to null',
    ({ topic }) =>
      request(alterConfigs, 2, {
        resources: [
          {
            resourceType: 2,
            resourceName: topic.name,
            configs: [{ name: 'retention.ms', value: null }],
          },
        ],
        validateOnly: true,
      }),
    'INVALID_REQUEST',
  ],
  [
    'DescribeConfigs of a resource twice',
    ({ topic }) =>
      request(describeConfigs, 4, {
        resources: [
          { resourceType: 2, resourceName: topic.name, configurationKeys: [] },
          { resourceType: 2, resourceName: topic.name, configurationKeys: [] },
        ],
      }),
    'NONE',
  ],
  [
    'DescribeConfigs of configs that there are not',
    ({ topic }) =>
      request(describeConfigs, 4, {
        resources: [
          {
            resourceType: 2,
            resourceName: topic.name,
            configurationKeys: ['__proto__', '', 'retention.ms', 'retention.ms'],
          },
        ],
      }),
    'NONE',
  ],
  [
    'ListConfigResources of type 99',
    () => request(listConfigResources, 1, { resourceTypes: [99] }),
    'UNSUPPORTED_VERSION',
  ],
  [
    'ListConfigResources of type -1',
    () => request(listConfigResources, 1, { resourceTypes: [-1] }),
    'UNSUPPORTED_VERSION',
  ],
  [
    'ListConfigResources of a type twice',
    () => request(listConfigResources, 1, { resourceTypes: [2, 2] }),
    'NONE',
  ],
]

describe('requests about configs:', () => hostile(configs))
