/** Quotas, credentials, features and telemetry (Kafka: the managers of each in the controller). */
import { describe } from 'vitest'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { saslAuthenticate } from '../../protocol/apis/36-sasl-authenticate.ts'
import { describeClientQuotas } from '../../protocol/apis/48-describe-client-quotas.ts'
import { alterClientQuotas } from '../../protocol/apis/49-alter-client-quotas.ts'
import { describeUserScram } from '../../protocol/apis/50-describe-user-scram-credentials.ts'
import { alterUserScram } from '../../protocol/apis/51-alter-user-scram-credentials.ts'
import { updateFeatures } from '../../protocol/apis/57-update-features.ts'
import { pushTelemetry } from '../../protocol/apis/72-push-telemetry.ts'
import type { Input } from '../../protocol/schema.ts'
import { edited, request } from './bytes.ts'
import { hostile, type Given, type Row } from './table.ts'

const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA'

type Quota = Input<typeof alterClientQuotas.request>['entries'][number]

const quota =
  (entry: Partial<Quota>) =>
  ({ group }: Given): Buffer => {
    const one = {
      entity: [{ entityType: 'user', entityName: group }],
      ops: [{ key: 'producer_byte_rate', value: 1, remove: false }],
    }
    return request(alterClientQuotas, 1, { entries: [{ ...one, ...entry }], validateOnly: true })
  }

const op = { key: 'producer_byte_rate', value: 1, remove: false }
const user = { entityType: 'user', entityName: 'u' }

const tenants: readonly Row[] = [
  ['AlterClientQuotas of nobody', quota({ entity: [] }), 'INVALID_REQUEST'],
  [
    'AlterClientQuotas of a type that there is not',
    quota({ entity: [{ entityType: '__proto__', entityName: 'x' }] }),
    'INVALID_REQUEST',
  ],
  [
    'AlterClientQuotas of a type twice',
    quota({ entity: [user, { ...user, entityName: 'v' }] }),
    'NONE',
  ],
  [
    'AlterClientQuotas of the user ""',
    quota({ entity: [{ ...user, entityName: '' }] }),
    'INVALID_REQUEST',
  ],
  [
    'AlterClientQuotas of a user and an address',
    quota({ entity: [user, { entityType: 'ip', entityName: '127.0.0.1' }] }),
    'INVALID_REQUEST',
  ],
  [
    'AlterClientQuotas of an address that is none',
    quota({
      entity: [{ entityType: 'ip', entityName: '999.1.1.1' }],
      ops: [{ key: 'connection_creation_rate', value: 1, remove: false }],
    }),
    'INVALID_REQUEST',
  ],
  [
    'AlterClientQuotas of a key that there is not',
    quota({ ops: [{ ...op, key: '__proto__' }] }),
    'INVALID_REQUEST',
  ],
  ['AlterClientQuotas of 0', quota({ ops: [{ ...op, value: 0 }] }), 'INVALID_REQUEST'],
  ['AlterClientQuotas of -1', quota({ ops: [{ ...op, value: -1 }] }), 'INVALID_REQUEST'],
  ['AlterClientQuotas of NaN', quota({ ops: [{ ...op, value: NaN }] }), 'NONE'],
  [
    'AlterClientQuotas of Infinity',
    quota({ ops: [{ ...op, value: Infinity }] }),
    'INVALID_REQUEST',
  ],
  ['AlterClientQuotas of 1.5', quota({ ops: [{ ...op, value: 1.5 }] }), 'INVALID_REQUEST'],
  [
    'AlterClientQuotas of a key twice',
    quota({ ops: [op, { ...op, value: 2 }] }),
    'INVALID_REQUEST',
  ],
  ['AlterClientQuotas of nothing', quota({ ops: [] }), 'NONE'],
  [
    'DescribeClientQuotas of a type twice',
    () =>
      request(describeClientQuotas, 1, {
        components: [
          { entityType: 'user', matchType: 1, match: null },
          { entityType: 'user', matchType: 1, match: null },
        ],
        strict: false,
      }),
    'INVALID_REQUEST',
  ],
  [
    'DescribeClientQuotas of match 9',
    () =>
      request(describeClientQuotas, 1, {
        components: [{ entityType: 'user', matchType: 9, match: null }],
        strict: false,
      }),
    'INVALID_REQUEST',
  ],
  [
    'DescribeClientQuotas of a type that there is not',
    () =>
      request(describeClientQuotas, 1, {
        components: [{ entityType: '', matchType: 1, match: null }],
        strict: false,
      }),
    'INVALID_REQUEST',
  ],
  [
    'DescribeUserScramCredentials of a user twice',
    () => request(describeUserScram, 0, { users: [{ name: 'u' }, { name: 'u' }] }),
    'DUPLICATE_RESOURCE',
  ],
  [
    'DescribeUserScramCredentials of ""',
    () => request(describeUserScram, 0, { users: [{ name: '' }] }),
    'RESOURCE_NOT_FOUND',
  ],
  [
    'AlterUserScramCredentials that deletes what is not there',
    () =>
      request(alterUserScram, 0, {
        deletions: [{ name: 'nobody', mechanism: 1 }],
        upsertions: [],
      }),
    'RESOURCE_NOT_FOUND',
  ],
  [
    'AlterUserScramCredentials of mechanism 9',
    () =>
      request(alterUserScram, 0, {
        deletions: [{ name: 'u', mechanism: 9 }],
        upsertions: [],
      }),
    'UNSUPPORTED_SASL_MECHANISM',
  ],
  [
    'AlterUserScramCredentials of 1 iteration',
    () =>
      request(alterUserScram, 0, {
        deletions: [],
        upsertions: [
          {
            name: 'u',
            mechanism: 1,
            iterations: 1,
            salt: Buffer.from('salt'),
            saltedPassword: Buffer.alloc(32),
          },
        ],
      }),
    'UNACCEPTABLE_CREDENTIAL',
  ],
  [
    'AlterUserScramCredentials of 2^31-1 iterations',
    () =>
      request(alterUserScram, 0, {
        deletions: [],
        upsertions: [
          {
            name: 'u',
            mechanism: 1,
            iterations: 2 ** 31 - 1,
            salt: Buffer.from('salt'),
            saltedPassword: Buffer.alloc(32),
          },
        ],
      }),
    'UNACCEPTABLE_CREDENTIAL',
  ],
  [
    'AlterUserScramCredentials of a user twice',
    () =>
      request(alterUserScram, 0, {
        deletions: [
          { name: 'u', mechanism: 1 },
          { name: 'u', mechanism: 1 },
        ],
        upsertions: [],
      }),
    'RESOURCE_NOT_FOUND',
  ],
  [
    'AlterUserScramCredentials of a salt of null',
    () =>
      edited(
        request(alterUserScram, 0, {
          deletions: [],
          upsertions: [
            {
              name: 'u',
              mechanism: 1,
              iterations: 4096,
              salt: Buffer.from('salt'),
              saltedPassword: Buffer.alloc(32),
            },
          ],
        }),
        '05 73616c74',
        '00',
      ),
    'closed',
  ],
  [
    'InitProducerId of ""',
    () => request(initProducerId, 4, { transactionalId: '', transactionTimeoutMs: 1000 }),
    'INVALID_REQUEST',
  ],
  [
    'InitProducerId of a producer without an epoch',
    () =>
      request(initProducerId, 4, {
        transactionalId: null,
        transactionTimeoutMs: 1000,
        producerId: 5,
      }),
    'INVALID_REQUEST',
  ],
  [
    'InitProducerId of an epoch without a producer',
    () =>
      request(initProducerId, 4, {
        transactionalId: null,
        transactionTimeoutMs: 1000,
        producerEpoch: 5,
      }),
    'INVALID_REQUEST',
  ],
  ['UpdateFeatures of nothing', () => request(updateFeatures, 1, { featureUpdates: [] }), 'NONE'],
  [
    'UpdateFeatures of __proto__',
    () =>
      request(updateFeatures, 1, {
        featureUpdates: [{ feature: '__proto__', maxVersionLevel: 1 }],
        validateOnly: true,
      }),
    'INVALID_UPDATE_VERSION',
  ],
  [
    'PushTelemetry of subscription 7',
    () =>
      request(pushTelemetry, 0, {
        clientInstanceId: 'AAAAAAAAAAAAAAAAAAAAAQ',
        subscriptionId: 7,
        terminating: false,
        compressionType: 0,
        metrics: Buffer.from('x'),
      }),
    'INVALID_REQUEST',
  ],
  [
    'PushTelemetry by the id 0',
    () =>
      request(pushTelemetry, 0, {
        clientInstanceId: zeroId,
        subscriptionId: 7,
        terminating: false,
        compressionType: 0,
        metrics: Buffer.from('x'),
      }),
    'INVALID_REQUEST',
  ],
  [
    'PushTelemetry of compression 9',
    () =>
      request(pushTelemetry, 0, {
        clientInstanceId: 'AAAAAAAAAAAAAAAAAAAAAg',
        subscriptionId: 0,
        terminating: false,
        compressionType: 9,
        metrics: Buffer.from('x'),
      }),
    'UNKNOWN_SUBSCRIPTION_ID',
  ],
  [
    'SaslAuthenticate of 64 kB',
    () => request(saslAuthenticate, 2, { authBytes: Buffer.alloc(65_536) }),
    'ILLEGAL_SASL_STATE',
  ],
]

describe('requests about users and clients:', () => hostile(tenants))
