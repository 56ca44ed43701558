import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Offsets, and the end of records. */
class Records implements Surface.Area {
    private Surface surface;
    private Admin admin;

    @Override
    public void run(Surface surface) throws Exception {
        this.surface = surface;
        admin = surface.admin;
        listOffsets();
        deleteRecords();
    }

    private void listOffsets() throws Exception {
        String topic = surface.newTopic("offsets", 2);
        TopicPartition partition = new TopicPartition(topic, 0);
        long start = System.currentTimeMillis() - 60_000;
        // The newest in the middle.
        surface.produce(topic, start, start + 2000, start + 1000);
        finds("earliest", "0 -1 Optional[0]", partition, OffsetSpec.earliest());
        finds("latest", "3 -1 Optional[0]", partition, OffsetSpec.latest());
        finds("of an empty partition", "0 -1 Optional[0]", new TopicPartition(topic, 1),
            OffsetSpec.latest());
        finds("for a time before all", "0 " + start + " Optional[0]", partition,
            OffsetSpec.forTimestamp(1));
        finds("for an exact time", "0 " + start + " Optional[0]", partition,
            OffsetSpec.forTimestamp(start));
        finds("for a time between", "1 " + (start + 2000) + " Optional[0]", partition,
            OffsetSpec.forTimestamp(start + 1));
        finds("for a time after all", "-1 -1 Optional.empty", partition,
            OffsetSpec.forTimestamp(start + 3000));
        surface.is("listOffsets read committed", "3 -1 Optional[0]", () -> text(
            admin.listOffsets(
                    Map.of(partition, OffsetSpec.latest()),
                    new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                .partitionResult(partition).get()));
        TopicPartition unknown = new TopicPartition(surface.name("unknown"), 0);
        surface.fails("listOffsets of an unknown topic", UnknownTopicOrPartitionException.class,
            () -> admin.listOffsets(Map.of(unknown, OffsetSpec.latest())).all().get());
    }

    private void finds(String what, String expected, TopicPartition partition, OffsetSpec spec)
        throws Exception {
        surface.becomes("listOffsets " + what, expected, () -> text(
            admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get()));
    }

    private static String text(ListOffsetsResultInfo found) {
        return found.offset() + " " + found.timestamp() + " " + found.leaderEpoch();
    }

    private void deleteRecords() throws Exception {
        String topic = surface.newTopic("deleted", 1);
        long now = System.currentTimeMillis();
        surface.produce(topic, now, now, now);
        deletes("deleteRecords before an offset", 2, topic, 2);
        deletes("deleteRecords before what is gone", 2, topic, 1);
        surface.becomes("deleteRecords moves the start", 2L, () -> {
            TopicPartition partition = new TopicPartition(topic, 0);
            return admin.listOffsets(Map.of(partition, OffsetSpec.earliest()))
                .partitionResult(partition).get().offset();
        });
        deletes("deleteRecords up to the end", 3, topic, -1);
        deletesNot("beyond the end", OffsetOutOfRangeException.class, topic, 4);
        String compacted = surface.name("compacted");
        admin.createTopics(List.of(new NewTopic(compacted, 1, (short) 1)
            .configs(Map.of("cleanup.policy", "compact")))).all().get();
        surface.becomes("deleteRecords: the compacted topic is there", 1, () ->
            Described.topic(admin, compacted).partitions().size());
        deletesNot("of a compacted topic", PolicyViolationException.class, compacted, 0);
    }

    private void deletes(String operation, long expected, String topic, long before) {
        TopicPartition partition = new TopicPartition(topic, 0);
        surface.is(operation, expected, () ->
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
                .lowWatermarks().get(partition).get().lowWatermark());
    }

    private void deletesNot(
        String what, Class<? extends Exception> error, String topic, long before) {
        surface.fails("deleteRecords refuses those " + what, error, () ->
            admin.deleteRecords(
                    Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(before)))
                .all().get());
    }
}
