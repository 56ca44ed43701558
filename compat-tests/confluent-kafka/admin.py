"""
The admin surface of confluent-kafka (librdkafka), one line of output for each operation: its name,
a tab, and the answer, or the error by librdkafka's name. Names are unique to a run on the wire, and
not in the output.

    python3 admin.py localhost:9092 expected.tsv

What it leaves to others: transactions, the deletion of groups and of their offsets.
"""

import sys
import time
import uuid

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    ElectionType,
    IsolationLevel,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

TIMEOUT_SECONDS = 20
SETTLING_SECONDS = 5
PAUSE_SECONDS = 0.05
DAY_MS = 86_400_000
FIRST_DAY_MS = 1_767_225_600_000

bootstrap, expectations = sys.argv[1:]
expected = set(open(expectations, encoding="utf-8").read().splitlines())
settings = {"bootstrap.servers": bootstrap}
admin = AdminClient(settings)
run = uuid.uuid4().hex + "-"
operations = []


def once(name):
    """An operation that changes something."""
    return lambda ask: operations.append((name, ask, False))


def settling(name):
    """Kafka shows a change a moment after it has acknowledged it, so ask until it is there."""
    return lambda ask: operations.append((name, ask, True))


def error_name(error):
    cause = error.args[0]
    return cause.name() if hasattr(cause, "name") else str(cause)


def each(futures, describe=lambda _: "ok"):
    """What came of each of the things that were asked for at once."""
    answers = []
    for key, future in futures.items():
        try:
            answer = describe(future.result(TIMEOUT_SECONDS))
        except KafkaException as error:
            answer = "error " + error_name(error)
        answers.append(f"{getattr(key, 'name', None) or getattr(key, 'topic', key)} {answer}")
    return ", ".join(sorted(answers))


orders = run + "orders"
first = TopicPartition(orders, 0)


@once("create_topics")
def _():
    topics = [NewTopic(orders, 3, 1, config={"retention.ms": "-1"}), NewTopic(run + "few", 1, 1)]
    return each(admin.create_topics(topics))


@once("create_topics again")
def _():
    return each(admin.create_topics([NewTopic(orders, 3, 1)]))


@once("create_topics to validate")
def _():
    return each(admin.create_topics([NewTopic(run + "checked", 3, 1)], validate_only=True))


@once("create_topics with too many replicas")
def _():
    return each(admin.create_topics([NewTopic(run + "wide", 1, 9)]))


@once("create_topics with a bad config")
def _():
    return each(admin.create_topics([NewTopic(run + "bad", 1, 1, config={"retention.ms": "x"})]))


@settling("list_topics")
def _():
    topics = admin.list_topics(timeout=TIMEOUT_SECONDS).topics.values()
    return sorted(f"{t.topic} {len(t.partitions)}" for t in topics if t.topic.startswith(run))


@once("create_partitions")
def _():
    return each(admin.create_partitions([NewPartitions(orders, 5)]))


@once("create_partitions to fewer")
def _():
    return each(admin.create_partitions([NewPartitions(orders, 2)]))


@once("create_partitions to validate")
def _():
    return each(admin.create_partitions([NewPartitions(orders, 9)], validate_only=True))


@settling("describe_topics")
def _():
    wanted = TopicCollection([orders, run + "absent"])
    return each(
        admin.describe_topics(wanted, include_authorized_operations=True),
        lambda topic: f"{[(p.id, len(p.replicas), len(p.isr)) for p in topic.partitions]} "
        f"internal {topic.is_internal} {[o.name for o in topic.authorized_operations]}",
    )


@once("describe_cluster")
def _():
    cluster = admin.describe_cluster(include_authorized_operations=True).result(TIMEOUT_SECONDS)
    known = cluster.controller.id in [node.id for node in cluster.nodes]
    return f"{len(cluster.nodes)} nodes, controller among them {known}, {len(cluster.cluster_id)}"


def configs(resource, *names):
    return each(
        admin.describe_configs([resource]),
        lambda of: [f"{name}={of[name].value} {of[name].source}" for name in names],
    )


@settling("describe_configs of a topic")
def _():
    return configs(ConfigResource("topic", orders), "retention.ms", "cleanup.policy")


@once("incremental_alter_configs")
def _():
    append = AlterConfigOpType.APPEND
    appended = ConfigEntry("cleanup.policy", "compact", incremental_operation=append)
    changes = ConfigResource("topic", orders, incremental_configs=[appended])
    return each(admin.incremental_alter_configs([changes]))


@once("incremental_alter_configs with a bad value")
def _():
    bad = ConfigEntry("retention.ms", "x", incremental_operation=AlterConfigOpType.SET)
    changes = ConfigResource("topic", orders, incremental_configs=[bad])
    return each(admin.incremental_alter_configs([changes]))


@settling("describe_configs after that")
def _():
    return configs(ConfigResource("topic", orders), "retention.ms", "cleanup.policy")


@once("alter_configs")
def _():
    state = ConfigResource("topic", orders, set_config={"segment.ms": "1000000"})
    return each(admin.alter_configs([state]))


@settling("describe_configs after alter_configs")
def _():
    return configs(ConfigResource("topic", orders), "segment.ms", "cleanup.policy")


@settling("describe_configs of a broker")
def _():
    broker = min(admin.list_topics(timeout=TIMEOUT_SECONDS).brokers)
    return configs(ConfigResource("broker", str(broker)), "num.partitions").split(" ", 1)[1]


@once("produce")
def _():
    producer = Producer(settings)
    for number in range(5):
        time_ms = FIRST_DAY_MS + number * DAY_MS
        producer.produce(orders, f"record {number}", partition=0, timestamp=time_ms)
    return f"{producer.flush(TIMEOUT_SECONDS)} left"


def offset(spec, **options):
    futures = admin.list_offsets({first: spec}, **options)
    return each(futures, lambda found: f"{found.offset} at {found.timestamp}")


@once("list_offsets, earliest")
def _():
    return offset(OffsetSpec.earliest())


@once("list_offsets, latest committed")
def _():
    return offset(OffsetSpec.latest(), isolation_level=IsolationLevel.READ_COMMITTED)


@once("list_offsets, max_timestamp")
def _():
    return offset(OffsetSpec.max_timestamp())


@once("list_offsets, for_timestamp")
def _():
    return offset(OffsetSpec.for_timestamp(FIRST_DAY_MS + 2 * DAY_MS))


@once("delete_records")
def _():
    futures = admin.delete_records([TopicPartition(orders, 0, 2)])
    return each(futures, lambda deleted: deleted.low_watermark)


@once("delete_records beyond the end")
def _():
    return each(admin.delete_records([TopicPartition(orders, 0, 99)]))


def offsets(group):
    return [f"{p.topic}/{p.partition} at {p.offset} {p.error}" for p in group.topic_partitions]


@settling("alter_consumer_group_offsets")
def _():
    wanted = ConsumerGroupTopicPartitions(run + "idle", [TopicPartition(orders, 0, 3)])
    return each(admin.alter_consumer_group_offsets([wanted]), offsets)


@once("list_consumer_group_offsets")
def _():
    wanted = ConsumerGroupTopicPartitions(run + "idle")
    return each(admin.list_consumer_group_offsets([wanted]), offsets)


@once("list_consumer_groups")
def _():
    listed = admin.list_consumer_groups().result(TIMEOUT_SECONDS)
    ours = [group for group in listed.valid if group.group_id.startswith(run)]
    return [f"{g.group_id} {g.state.name} {g.type.name}" for g in ours]


@once("describe_consumer_groups")
def _():
    futures = admin.describe_consumer_groups([run + "idle", run + "nobody"])
    return each(futures, lambda group: f"{group.state.name} {len(group.members)} members")


@once("alter_user_scram_credentials")
def _():
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096)
    upsertion = UserScramCredentialUpsertion(run + "alice", info, b"secret")
    return each(admin.alter_user_scram_credentials([upsertion]))


@settling("describe_user_scram_credentials")
def _():
    return each(
        admin.describe_user_scram_credentials([run + "alice", run + "nobody"]),
        lambda user: [f"{i.mechanism.name} {i.iterations}" for i in user.scram_credential_infos],
    )


@once("alter_user_scram_credentials that deletes")
def _():
    deletion = UserScramCredentialDeletion(run + "alice", ScramMechanism.SCRAM_SHA_256)
    return each(admin.alter_user_scram_credentials([deletion]))


@once("elect_leaders")
def _():
    wanted = [TopicPartition(orders, 0), TopicPartition(orders, 99)]
    elected = admin.elect_leaders(ElectionType.PREFERRED, wanted).result(TIMEOUT_SECONDS)
    errors = {p.partition: error.name() if error else "ok" for p, error in elected.items()}
    return ", ".join(f"{partition} {errors[partition]}" for partition in sorted(errors))


@once("describe_acls")
def _():
    resource = (ResourceType.ANY, None, ResourcePatternType.ANY)
    wanted = AclBindingFilter(*resource, None, None, AclOperation.ANY, AclPermissionType.ANY)
    return admin.describe_acls(wanted).result(TIMEOUT_SECONDS)


@once("delete_topics")
def _():
    return each(admin.delete_topics([orders, run + "few", run + "absent"]))


def answer(ask):
    try:
        text = str(ask())
    except KafkaException as error:
        text = "error " + error_name(error)
    return text.replace(run, "")


for name, ask, settles in operations:
    end = time.monotonic() + SETTLING_SECONDS
    line = f"{name}\t{answer(ask)}"
    while settles and line not in expected and time.monotonic() < end:
        time.sleep(PAUSE_SECONDS)
        line = f"{name}\t{answer(ask)}"
    print(line, flush=True)
