"""A member of aiokafka's: see member.ts for its arguments, history.ts for its lines."""

import asyncio

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import CommitFailedError, RebalanceInProgressError
from lines import bootstrap, group, heartbeat_ms, resumed, say, session_ms, stopped, topic

WAIT_MS = 50

# What it has received and not committed: the next offset of a partition.
pending = {}


async def commit(consumer, partitions):
    offsets = {TopicPartition(topic, each): pending[each] for each in partitions if each in pending}
    if not offsets:
        return
    try:
        await consumer.commit(offsets)
    except RebalanceInProgressError:
        # The partitions stay its own, or are about to be revoked: then it commits them.
        return
    except CommitFailedError as error:
        say("error", error)
        pending.clear()
        return
    for of, offset in offsets.items():
        say("committed", of.partition, offset)
        # The listener is called meanwhile, and may have committed it as well.
        pending.pop(of.partition, None)


class Listener(ConsumerRebalanceListener):
    def __init__(self, consumer):
        self.consumer = consumer

    async def on_partitions_assigned(self, assigned):
        say("assigned", *[each.partition for each in assigned])

    async def on_partitions_revoked(self, revoked):
        numbers = [each.partition for each in revoked]
        await commit(self.consumer, numbers)
        for each in numbers:
            pending.pop(each, None)
        say("revoked", *numbers)


async def consume():
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        partition_assignment_strategy=(RangePartitionAssignor,),
        session_timeout_ms=session_ms,
        max_poll_interval_ms=session_ms,
        heartbeat_interval_ms=heartbeat_ms,
        fetch_max_wait_ms=100,
    )
    consumer.subscribe([topic], listener=Listener(consumer))
    say("joining")
    await consumer.start()
    while not stopped.is_set():
        while not resumed.is_set():
            await asyncio.sleep(WAIT_MS / 1000)
        for records in (await consumer.getmany(timeout_ms=WAIT_MS)).values():
            for record in records:
                # Before it is committed: what a killed member committed was received.
                say("record", record.partition, record.offset, record.value.decode())
                pending[record.partition] = record.offset + 1
        await commit(consumer, list(pending))
    # It says nothing of that itself.
    say("revoked", *[each.partition for each in consumer.assignment()])
    await consumer.stop()


asyncio.run(consume())
say("stopped")
