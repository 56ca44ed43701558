/** Bodies that cannot be read, or only just (Kafka: the generated message classes). */
import { describe } from 'vitest'
import { produce } from '../../protocol/apis/00-produce.ts'
import { fetch } from '../../protocol/apis/01-fetch.ts'
import { metadata } from '../../protocol/apis/03-metadata.ts'
import { offsetCommit } from '../../protocol/apis/08-offset-commit.ts'
import { offsetFetch } from '../../protocol/apis/09-offset-fetch.ts'
import { findCoordinator } from '../../protocol/apis/10-find-coordinator.ts'
import { joinGroup } from '../../protocol/apis/11-join-group.ts'
import { saslHandshake } from '../../protocol/apis/17-sasl-handshake.ts'
import { createTopics } from '../../protocol/apis/19-create-topics.ts'
import { deleteTopics } from '../../protocol/apis/20-delete-topics.ts'
import { initProducerId } from '../../protocol/apis/22-init-producer-id.ts'
import { describeConfigs } from '../../protocol/apis/32-describe-configs.ts'
import { saslAuthenticate } from '../../protocol/apis/36-sasl-authenticate.ts'
import { batchOf } from '../handlers/batches.ts'
import { fetchRequest, produceRequest } from '../handlers/requests.ts'
import { edited, request, resized } from './bytes.ts'
import { hostile, type Row } from './table.ts'

const odd = { topics: [{ name: 'odd' }], allowAutoTopicCreation: false }
const plain = request(metadata, 4, odd)
const flexible = request(metadata, 12, odd)
const plainTopics = '00000001 0003 6f6464 00'
/** One topic with a zero id, its name and its tags; no creation, no operations, and tags. */
const flexibleTopics = '04 6f6464 00 00 00 00'
const unknown = 'UNKNOWN_TOPIC_OR_PARTITION'
const invalid = 'INVALID_TOPIC_EXCEPTION'
const longName = '78'.repeat(40_000)

const ofPlain = (to: string): Buffer => edited(plain, plainTopics, to)
const ofFlexible = (to: string): Buffer => edited(flexible, flexibleTopics, to)

const tags: readonly Row[] = [
  ['unknown tags in the body', ofFlexible('04 6f6464 00 00 00 02 05 01 ff 63 00'), unknown],
  ['a boolean of 2', ofFlexible('04 6f6464 00 00 02 00'), unknown],
  ['a compact name of 2^32-1 bytes', ofFlexible('ffffffff0f 6f6464 00 00 00 00'), 'closed'],
  ['unknown tags in an array', ofFlexible('04 6f6464 01 63 02 ffff 00 00 00'), unknown],
  ['tags that descend', ofFlexible('04 6f6464 00 00 00 02 63 00 05 00'), unknown],
  ['a tag twice', ofFlexible('04 6f6464 00 00 00 02 63 00 63 00'), unknown],
  ['the tag 2^31-1', ofFlexible('04 6f6464 00 00 00 01 ffffffff07 00'), unknown],
  ['a varint longer than needed', ofFlexible('04 6f6464 00 00 00 80 00'), unknown],
  ['2^31-1 tags', ofFlexible('04 6f6464 00 00 00 ffffffff07'), 'closed'],
  [
    '2^31 tags, which Kafka takes for less than none',
    ofFlexible('04 6f6464 00 00 00 8080808008'),
    unknown,
  ],
  ['a tag beyond the frame', ofFlexible('04 6f6464 00 00 00 01 63 7f 00'), 'closed'],
  ['a tag of 2^31 bytes', ofFlexible('04 6f6464 00 00 00 01 63 8080808008'), 'closed'],
  ['one tag less than it says', ofFlexible('04 6f6464 00 00 00 02 63 00'), 'closed'],
  ['a varint of six bytes', ofFlexible('04 6f6464 00 00 00 808080808000'), 'closed'],
  ['no tags where they must be', ofFlexible('04 6f6464 00 00 00'), 'closed'],
  ['bytes behind the tags', ofFlexible('04 6f6464 00 00 00 00 0011'), unknown],
]

const lengths: readonly Row[] = [
  ['bytes behind the body', resized(plain, 4), unknown],
  [
    'another request behind the body',
    ofPlain(`${plainTopics} 0000000a 0012 0000 00000002 0000`),
    unknown,
  ],
  ['a body that is cut', resized(plain, -1), 'closed'],
  ['no body', resized(plain, -10), 'closed'],
  ['an array of 2^31-1 elements', ofPlain('7fffffff 0003 6f6464 00'), 'closed'],
  ['an array of one more element than there is', ofPlain('00000002 0003 6f6464 00'), 'closed'],
  ['an array of -1 elements, null, which is all topics', ofPlain('ffffffff 00'), 'NONE'],
  ['an array of -5 elements', ofPlain('fffffffb 00'), 'NONE'],
  [
    'a compact array of 2^31-2 elements',
    edited(flexible, `02 ${'00'.repeat(16)}`, `ffffffff07 ${'00'.repeat(16)}`),
    'closed',
  ],
  [
    'a compact array of 2^32-1 elements',
    edited(flexible, `02 ${'00'.repeat(16)} 04 6f6464 00`, 'ffffffff0f'),
    'NONE',
  ],
  [
    'a count longer than needed',
    edited(flexible, `02 ${'00'.repeat(16)}`, `828000 ${'00'.repeat(16)}`),
    unknown,
  ],
  ['null for a name that must be there', ofPlain('00000001 ffff 00'), 'closed'],
  ['a name of length -2', ofPlain('00000001 fffe 00'), 'closed'],
  ['a name beyond the frame', ofPlain('00000001 7fff 6f6464 00'), 'closed'],
  ['a compact name of 40,000 bytes', ofFlexible(`c1b802 ${longName} 00 00 00 00`), 'closed'],
]

const names: readonly Row[] = [
  ['a name that is no UTF-8', ofPlain('00000001 0002 fffe 00'), invalid],
  ['a name that is cut UTF-8', ofPlain('00000001 0002 61c3 00'), invalid],
  ['a name of half a surrogate pair', ofPlain('00000001 0003 eda080 00'), invalid],
  ['a name of a zero byte', ofPlain('00000001 0001 00 00'), invalid],
  ['a name of a zero in two bytes (modified UTF-8)', ofPlain('00000001 0002 c080 00'), invalid],
  ['a name of 32,767 bytes', ofPlain(`00000001 7fff ${'78'.repeat(32_767)} 00`), invalid],
  ['a name of an emoji', ofPlain('00000001 0004 f09f9880 00'), invalid],
  ['no name', ofPlain('00000001 0000 00'), invalid],
]

const batch = batchOf(['one'])
const batchHex = batch.toString('hex')
const batchLength = batch.length.toString(16).padStart(8, '0')
const topic = { name: 'odd', id: 'AAAAAAAAAAAAAAAAAAAAAA' }
const produced = request(produce, 3, produceRequest(topic, [{ index: 0, records: batch }]))
const fetched = request(fetch, 4, fetchRequest(topic, [{}]))
const joining = request(joinGroup, 2, {
  groupId: 'group',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 10_000,
  memberId: '',
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: Buffer.from('meta') }],
})

const others: readonly Row[] = [
  [
    'Produce of records beyond the frame',
    edited(produced, `${batchLength} ${batchHex}`, `7fffffff ${batchHex}`),
    'closed',
  ],
  [
    'Produce of topics of null',
    edited(produced, '00000001 0003 6f6464', 'ffffffff 0003 6f6464'),
    'closed',
  ],
  [
    'Produce of 2^31-1 topics',
    edited(produced, '00000001 0003 6f6464', '7fffffff 0003 6f6464'),
    'closed',
  ],
  [
    'Produce of 2^31-1 partitions',
    edited(produced, '6f6464 00000001', '6f6464 7fffffff'),
    'closed',
  ],
  [
    'Produce of partitions of null',
    edited(produced, '6f6464 00000001', '6f6464 ffffffff'),
    'closed',
  ],
  [
    'Produce with a transactional id beyond the frame',
    edited(produced, '74657374 ffff', '74657374 7fff'),
    'closed',
  ],
  ['Fetch of topics of null', edited(fetched, '00000001 0003 6f6464', 'ffffffff'), 'closed'],
  ['Fetch of 2^31-1 partitions', edited(fetched, '6f6464 00000001', '6f6464 7fffffff'), 'closed'],
  ['Fetch that is cut', resized(fetched, -3), 'closed'],
  ['JoinGroup without a group', edited(joining, '0005 67726f7570', 'ffff'), 'closed'],
  [
    'JoinGroup with metadata beyond the frame',
    edited(joining, '00000004 6d657461', '7fffffff 6d657461'),
    'closed',
  ],
  ['JoinGroup with metadata of null', edited(joining, '00000004 6d657461', 'ffffffff'), 'closed'],
  [
    'JoinGroup with 2^31-1 protocols',
    edited(joining, '00000001 0005 72616e6765', '7fffffff 0005 72616e6765'),
    'closed',
  ],
  [
    'JoinGroup with protocols of null',
    edited(joining, '00000001 0005 72616e6765 00000004 6d657461', 'ffffffff'),
    'closed',
  ],
  [
    'OffsetCommit of topics of null',
    edited(
      request(offsetCommit, 8, { groupId: 'group', generationIdOrMemberEpoch: 1, topics: [] }),
      '01 00 01 00',
      '01 00 00 00',
    ),
    'closed',
  ],
  [
    'OffsetFetch of groups of null',
    edited(
      request(offsetFetch, 8, { groups: [], requireStable: false }),
      '74657374 00 01',
      '74657374 00 00',
    ),
    'closed',
  ],
  [
    'FindCoordinator of a key of null',
    edited(request(findCoordinator, 0, { key: 'group' }), '0005 67726f7570', 'ffff'),
    'closed',
  ],
  [
    'CreateTopics of topics of null',
    edited(request(createTopics, 5, { topics: [] }), '74657374 00 01', '74657374 00 00'),
    'closed',
  ],
  [
    'CreateTopics of 2^31-1 topics',
    edited(
      request(createTopics, 4, { topics: [], timeoutMs: 1 }),
      '74657374 00000000',
      '74657374 7fffffff',
    ),
    'closed',
  ],
  [
    'DeleteTopics of names of null',
    edited(
      request(deleteTopics, 3, { topicNames: [], timeoutMs: 1 }),
      '74657374 00000000',
      '74657374 ffffffff',
    ),
    'closed',
  ],
  [
    'InitProducerId that is cut',
    resized(request(initProducerId, 0, { transactionalId: null, transactionTimeoutMs: 1 }), -1),
    'closed',
  ],
  [
    'DescribeConfigs of resources of null',
    edited(
      request(describeConfigs, 1, { resources: [] }),
      '74657374 00000000',
      '74657374 ffffffff',
    ),
    'closed',
  ],
  [
    'SaslHandshake without a mechanism',
    edited(request(saslHandshake, 1, { mechanism: 'PLAIN' }), '0005 504c41494e', 'ffff'),
    'closed',
  ],
  [
    'SaslAuthenticate with a token of null',
    edited(
      request(saslAuthenticate, 0, { authBytes: Buffer.from('odd') }),
      '00000003 6f6464',
      'ffffffff',
    ),
    'closed',
  ],
  [
    'SaslAuthenticate with a token beyond the frame',
    edited(
      request(saslAuthenticate, 0, { authBytes: Buffer.from('odd') }),
      '00000003 6f6464',
      '7fffffff 6f6464',
    ),
    'closed',
  ],
]

describe('tagged fields', () => hostile(tags))
describe('lengths and counts', () => hostile(lengths))
describe('names', () => hostile(names))
describe('bodies of other APIs', () => hostile(others))
