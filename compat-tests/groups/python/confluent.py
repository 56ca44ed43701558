"""
A member of confluent-kafka's, which is librdkafka's: see member.ts for its arguments, history.ts for
its lines. Protocols: range, cooperative-sticky, consumer (KIP-848), share (KIP-932).
"""

from confluent_kafka import Consumer, KafkaError, KafkaException, ShareConsumer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    ResourceType,
)
from lines import bootstrap, group, heartbeat_ms, protocol, resumed, say, session_ms, stopped, topic

WAIT_SECONDS = 0.05

# The member learns of a new generation or epoch a moment after the broker has begun it.
AMID_REBALANCE = (
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.STALE_MEMBER_EPOCH,
)

# What it has received and not committed: the next offset of a partition.
pending = {}


def receive(message):
    """A record is told before it is committed: what a killed member committed was received."""
    say("record", message.partition(), message.offset(), message.value().decode())
    pending[message.partition()] = message.offset() + 1


def commit(consumer, partitions):
    offsets = [TopicPartition(topic, each, pending[each]) for each in partitions if each in pending]
    if not offsets:
        return
    try:
        consumer.commit(offsets=offsets, asynchronous=False)
    except KafkaException as error:
        # Unless they are lost, the partitions stay its own, or it commits when they are revoked.
        if error.args[0].code() not in AMID_REBALANCE:
            say("error", error)
        return
    for offset in offsets:
        say("committed", offset.partition, offset.offset)
        pending.pop(offset.partition)


def numbers(partitions):
    return [each.partition for each in partitions]


def assigned(_, partitions):
    say("assigned", *numbers(partitions))


def revoked(consumer, partitions):
    commit(consumer, numbers(partitions))
    forget("revoked", partitions)


def lost(_, partitions):
    forget("lost", partitions)


def forget(how, partitions):
    for each in numbers(partitions):
        pending.pop(each, None)
    say(how, *numbers(partitions))


def settings():
    common = {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "max.poll.interval.ms": session_ms,
        "fetch.wait.max.ms": 100,
        # Lost connections are no news here.
        "log_level": 2,
    }
    if protocol == "share":
        return common
    common |= {"enable.auto.commit": False, "auto.offset.reset": "earliest"}
    if protocol == "consumer":
        return common | {"group.protocol": "consumer"}
    return common | {
        "partition.assignment.strategy": protocol,
        "session.timeout.ms": session_ms,
        "heartbeat.interval.ms": heartbeat_ms,
    }


def consume():
    consumer = Consumer(settings())
    consumer.subscribe([topic], on_assign=assigned, on_revoke=revoked, on_lost=lost)
    say("joining")
    while not stopped.is_set():
        resumed.wait()
        message = consumer.poll(WAIT_SECONDS)
        received = 0
        while message is not None:
            received += 1
            if message.error() is None:
                receive(message)
            else:
                say("error", message.error())
            message = consumer.poll(0) if received < 100 else None
        commit(consumer, list(pending))
    consumer.close()


def share():
    """Implicitly: everything that the last poll gave is accepted."""
    start_at_earliest()
    consumer = ShareConsumer(settings())
    consumer.subscribe([topic])
    say("joining")
    while not stopped.is_set():
        resumed.wait()
        try:
            share_once(consumer)
        except KafkaException as error:
            say("error", error)
            pending.clear()
    consumer.close()


def share_once(consumer):
    for message in consumer.poll(WAIT_SECONDS):
        if message.error() is None:
            receive(message)
        else:
            say("error", message.error())
    for of, error in consumer.commit_sync().items():
        if error is not None:
            say("error", error)
            pending.pop(of.partition, None)
    for partition, offset in pending.items():
        say("committed", partition, offset)
    pending.clear()


def start_at_earliest():
    """A share group starts at the latest records otherwise."""
    earliest = ConfigEntry(
        "share.auto.offset.reset",
        "earliest",
        source=ConfigSource.DYNAMIC_TOPIC_CONFIG,
        incremental_operation=AlterConfigOpType.SET,
    )
    resource = ConfigResource(ResourceType.GROUP, group, incremental_configs=[earliest])
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.incremental_alter_configs([resource]).values():
        future.result()


share() if protocol == "share" else consume()
say("stopped")
