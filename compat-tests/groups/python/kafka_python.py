"""
A member of kafka-python's: see member.ts for its arguments, history.ts for its lines. Protocols:
range, cooperative-sticky.
"""

from kafka import AsyncConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import CommitFailedError, RebalanceInProgressError
from kafka.structs import OffsetAndMetadata
from lines import bootstrap, group, heartbeat_ms, protocol, resumed, say, session_ms, stopped, topic

# A poll that ends while a rebalance goes on may forget to take over what comes of it (3.0.12): so it
# waits longer than those take. Records end it at once.
WAIT_MS = 2000

# What it has received and not committed: the next offset of a partition.
pending = {}


def to_commit(partitions):
    return {
        TopicPartition(topic, each): OffsetAndMetadata(pending[each], "", -1)
        for each in partitions
        if each in pending
    }


def committed(offsets):
    for of, to in offsets.items():
        say("committed", of.partition, to.offset)
        # The listener runs in a thread of its own, and may have committed it as well.
        pending.pop(of.partition, None)


def commit():
    offsets = to_commit(list(pending))
    if not offsets:
        return
    try:
        consumer.commit(offsets)
        committed(offsets)
    except RebalanceInProgressError:
        # The partitions stay its own, or are about to be revoked: then it commits them.
        return
    except CommitFailedError as error:
        say("error", error)
        pending.clear()


class Listener(AsyncConsumerRebalanceListener):
    async def on_partitions_assigned(self, assigned):
        say("assigned", *[each.partition for each in assigned])

    async def on_partitions_revoked(self, revoked):
        numbers = [each.partition for each in revoked]
        offsets = to_commit(numbers)
        if offsets:
            await consumer.commit_async(offsets)
            committed(offsets)
        say("revoked", *numbers)

    async def on_partitions_lost(self, lost):
        numbers = [each.partition for each in lost]
        for each in numbers:
            pending.pop(each, None)
        say("lost", *numbers)


ASSIGNORS = {
    "range": RangePartitionAssignor,
    "cooperative-sticky": CooperativeStickyAssignor,
}

consumer = KafkaConsumer(
    bootstrap_servers=bootstrap,
    group_id=group,
    enable_auto_commit=False,
    auto_offset_reset="earliest",
    partition_assignment_strategy=[ASSIGNORS[protocol]],
    session_timeout_ms=session_ms,
    max_poll_interval_ms=session_ms,
    heartbeat_interval_ms=heartbeat_ms,
    fetch_max_wait_ms=100,
)
consumer.subscribe([topic], listener=Listener())
say("joining")
while not stopped.is_set():
    resumed.wait()
    for records in consumer.poll(timeout_ms=WAIT_MS).values():
        for record in records:
            # Before it is committed: what a killed member committed was received.
            say("record", record.partition, record.offset, record.value.decode())
            pending[record.partition] = record.offset + 1
    commit()
consumer.close()
say("stopped")
