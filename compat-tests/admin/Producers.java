import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Producers that are idempotent or transactional, in health and in every kind of trouble. */
class Producers implements Surface.Area {
    private static final Duration readMs = Duration.ofMillis(200);

    private Surface surface;

    @Override
    public void run(Surface surface) throws Exception {
        this.surface = surface;
        transactions();
        offsets();
        fencing();
        timeouts();
        troubles();
    }

    private KafkaProducer<String, String> producer(Map<String, Object> configs) {
        Map<String, Object> all = new HashMap<>(configs);
        all.put("bootstrap.servers", surface.bootstrapServers);
        all.put("enable.idempotence", true);
        all.put("max.block.ms", 20_000);
        var strings = new StringSerializer();
        return new KafkaProducer<>(all, strings, strings);
    }

    private KafkaProducer<String, String> transactional(String id) {
        var producer = producer(Map.of("transactional.id", id));
        producer.initTransactions();
        return producer;
    }

    private KafkaConsumer<String, String> consumer(String isolation) {
        Map<String, Object> configs = Map.of(
            "bootstrap.servers", surface.bootstrapServers,
            "isolation.level", isolation,
            "enable.auto.commit", false,
            "auto.offset.reset", "earliest");
        var strings = new StringDeserializer();
        return new KafkaConsumer<>(configs, strings, strings);
    }

    /** The values up to the end, which is the last stable offset for committed ones. */
    private String values(String topic, String isolation) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (var consumer = consumer(isolation)) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            List<String> values = new ArrayList<>();
            while (consumer.position(partition) < end) {
                consumer.poll(readMs).forEach(it -> values.add(it.value()));
            }
            return String.join(" ", values);
        }
    }

    private static void send(KafkaProducer<String, String> producer, String topic, String... values) {
        for (String value : values) {
            producer.send(new ProducerRecord<>(topic, 0, "k", value));
        }
    }

    private void transactions() throws Exception {
        String topic = surface.newTopic("written", 1);
        String other = surface.newTopic("other", 1);
        try (var producer = transactional(surface.name("writer"))) {
            for (int i = 0; i < 5; i++) {
                producer.beginTransaction();
                send(producer, topic, "a" + i, "b" + i);
                send(producer, other, "c" + i);
                // What is not yet sent when a transaction is aborted never is.
                producer.flush();
                if (i % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
            producer.beginTransaction();
            producer.commitTransaction();
            producer.beginTransaction();
            producer.abortTransaction();
            producer.beginTransaction();
            send(producer, topic, "open");
            producer.flush();
            surface.becomes("a consumer of committed records", "a0 b0 a2 b2 a4 b4", () ->
                values(topic, "read_committed"));
            surface.is("a consumer of all records", "a0 b0 a1 b1 a2 b2 a3 b3 a4 b4 open", () ->
                values(topic, "read_uncommitted"));
            surface.becomes("a consumer of another topic", "c0 c2 c4", () ->
                values(other, "read_committed"));
            producer.commitTransaction();
            surface.becomes("a consumer after the last commit", "a0 b0 a2 b2 a4 b4 open", () ->
                values(topic, "read_committed"));
        }
    }

    private void offsets() throws Exception {
        String topic = surface.newTopic("read", 1);
        String group = surface.name("group");
        TopicPartition partition = new TopicPartition(topic, 0);
        try (var producer = transactional(surface.name("offsets"))) {
            ConsumerGroupMetadata outside = new ConsumerGroupMetadata(group);
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(7, "m")), outside);
            producer.abortTransaction();
            surface.is("offsets of an aborted transaction", "null", () -> committed(group, partition));
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(9, "m")), outside);
            producer.commitTransaction();
            surface.becomes("offsets of a committed transaction", "9 m", () ->
                committed(group, partition));
            producer.beginTransaction();
            ConsumerGroupMetadata unknown =
                new ConsumerGroupMetadata(group, 5, "nobody", Optional.empty());
            throwsOneOf("offsets by a member that there is not", () -> {
                producer.sendOffsetsToTransaction(
                    Map.of(partition, new OffsetAndMetadata(11)), unknown);
                return null;
            }, "CommitFailedException");
            producer.abortTransaction();
            surface.is("offsets after that", "9 m", () -> committed(group, partition));
        }
    }

    private String committed(String group, TopicPartition partition) throws Exception {
        OffsetAndMetadata found = surface.admin.listConsumerGroupOffsets(group)
            .partitionsToOffsetAndMetadata().get().get(partition);
        return found == null ? "null" : found.offset() + " " + found.metadata();
    }

    private void fencing() throws Exception {
        String topic = surface.newTopic("fenced", 1);
        String id = surface.name("fenced");
        try (var first = transactional(id)) {
            first.beginTransaction();
            send(first, topic, "lost");
            first.flush();
            try (var second = transactional(id)) {
                second.beginTransaction();
                send(second, topic, "kept");
                throwsOneOf("a commit by one who was fenced", () -> {
                    first.commitTransaction();
                    return null;
                }, "ProducerFencedException", "InvalidProducerEpochException");
                second.commitTransaction();
            }
        }
        surface.becomes("what the fenced one wrote is aborted", "kept", () ->
            values(topic, "read_committed"));
    }

    private void timeouts() throws Exception {
        try (var producer = producer(
                Map.of("transactional.id", surface.name("long"), "transaction.timeout.ms", 900_001))) {
            throwsOneOf("a timeout that is too long", () -> {
                producer.initTransactions();
                return null;
            }, "KafkaException", "InvalidTxnTimeoutException");
        }
    }

    private void troubles() throws Exception {
        String topic = surface.newTopic("troubled", 1);
        try (var producer = producer(Map.of(
                "transactional.id", surface.name("large"), "max.request.size", 9_000_000))) {
            producer.initTransactions();
            producer.beginTransaction();
            send(producer, topic, "lost");
            surface.fails("a record that is too large", RecordTooLargeException.class, () ->
                producer.send(new ProducerRecord<>(topic, 0, "k", "x".repeat(2_000_000))).get());
            throwsOneOf("a commit after that", () -> {
                producer.commitTransaction();
                return null;
            }, "KafkaException", "RecordTooLargeException");
            producer.abortTransaction();
            producer.beginTransaction();
            send(producer, topic, "kept");
            producer.commitTransaction();
            surface.becomes("what comes after it", "kept", () -> values(topic, "read_committed"));
        }
        TopicPartition partition = new TopicPartition(topic, 0);
        try (var producer = producer(Map.of())) {
            send(producer, topic, "deleted");
            producer.flush();
            surface.admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1))).all().get();
            send(producer, topic, "i1", "i2");
            producer.flush();
            surface.becomes("an idempotent producer after its records were deleted", "i1 i2", () ->
                values(topic, "read_uncommitted"));
        }
    }

    private void throwsOneOf(String operation, Callable<?> call, String... errors) {
        surface.is(operation, true, () -> {
            try {
                call.call();
                return "nothing";
            } catch (Exception error) {
                String name = error.getClass().getSimpleName();
                return List.of(errors).contains(name) ? true : name;
            }
        });
    }
}
