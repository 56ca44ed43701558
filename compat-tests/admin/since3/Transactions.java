import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Transactions and their producers, and how an operator ends them (KIP-664). */
class Transactions implements Surface.Area {
    private Surface surface;
    private Admin admin;
    private TopicPartition partition;

    @Override
    public void run(Surface surface) throws Exception {
        this.surface = surface;
        admin = surface.admin;
        partition = new TopicPartition(surface.newTopic("written", 2), 1);
        describe();
        abort();
        fence();
    }

    private KafkaProducer<String, String> producer(String transactionalId) {
        var strings = new StringSerializer();
        Map<String, Object> configs = Map.of(
            "bootstrap.servers", surface.bootstrapServers,
            "transaction.timeout.ms", 50_000,
            "transactional.id", transactionalId);
        var producer = new KafkaProducer<>(configs, strings, strings);
        producer.initTransactions();
        return producer;
    }

    private void write(KafkaProducer<String, String> producer) throws Exception {
        producer.send(new ProducerRecord<>(partition.topic(), partition.partition(), "k", "v")).get();
    }

    private void describe() throws Exception {
        String id = surface.name("described");
        try (var producer = producer(id)) {
            surface.is("describeTransactions: an empty one", "Empty 50000 false []", () ->
                text(description(id)));
            producer.beginTransaction();
            write(producer);
            surface.is("describeTransactions: an open one", "Ongoing 50000 true [" + partition + "]",
                () -> text(description(id)));
            surface.is("describeTransactions: the coordinator is a broker", true, () ->
                surface.nodes.contains(description(id).coordinatorId()));
            long producerId = description(id).producerId();
            surface.is("describeProducers: one in a transaction", producerId + " 0 true 0", () ->
                text(state()));
            surface.is("describeProducers at its leader", 1, () -> {
                int leader = Described.topic(admin, partition.topic()).partitions()
                    .get(partition.partition()).leader().id();
                return admin.describeProducers(
                        List.of(partition), new DescribeProducersOptions().brokerId(leader))
                    .partitionResult(partition).get().activeProducers().size();
            });
            lists(id, "all", true, new ListTransactionsOptions());
            lists(id, "of its state", true,
                new ListTransactionsOptions().filterStates(Set.of(TransactionState.ONGOING)));
            lists(id, "of another state", false,
                new ListTransactionsOptions().filterStates(Set.of(TransactionState.EMPTY)));
            lists(id, "of its producer", true,
                new ListTransactionsOptions().filterProducerIds(Set.of(producerId)));
            lists(id, "of another producer", false,
                new ListTransactionsOptions().filterProducerIds(Set.of(1L << 40)));
            lists(id, "that run for an hour", false,
                new ListTransactionsOptions().filterOnDuration(3_600_000));
            surface.is("listOffsets read committed, of an open transaction", 0L, this::stableOffset);
            producer.commitTransaction();
            surface.becomes("describeTransactions: a committed one", "CompleteCommit []", () ->
                description(id).state() + " " + description(id).topicPartitions());
            surface.becomes("describeProducers: none in a transaction", true, () ->
                state().currentTransactionStartOffset().isEmpty());
            surface.becomes("listOffsets read committed, after the commit", 2L, this::stableOffset);
        }
        surface.fails("describeTransactions: unknown id", TransactionalIdNotFoundException.class, () ->
            description(surface.name("unknown")));
        TopicPartition unknown = new TopicPartition(surface.name("unknown"), 0);
        surface.fails("describeProducers: unknown topic", TimeoutException.class, () ->
            admin.describeProducers(
                    List.of(unknown),
                    (DescribeProducersOptions) new DescribeProducersOptions().timeoutMs(300))
                .all().get());
    }

    /** As of a transaction that hangs: the coordinator is not asked. */
    private void abort() throws Exception {
        String id = surface.name("aborted");
        // For an epoch that is not the first.
        producer(id).close();
        try (var producer = producer(id)) {
            producer.beginTransaction();
            write(producer);
            long start = 2;
            ProducerState state = admin.describeProducers(List.of(partition))
                .partitionResult(partition).get().activeProducers().stream()
                .filter(it -> it.currentTransactionStartOffset().isPresent()).findFirst()
                .orElseThrow();
            surface.is("describeProducers tells where it begins", start, () ->
                state.currentTransactionStartOffset().getAsLong());
            surface.fails("abortTransaction of an old epoch", InvalidProducerEpochException.class, () ->
                admin.abortTransaction(spec(state, state.producerEpoch() - 1)).all().get());
            surface.is("abortTransaction", "null", () ->
                admin.abortTransaction(spec(state, state.producerEpoch())).all().get());
            surface.becomes("listOffsets read committed, after the abort", start + 2,
                this::stableOffset);
            surface.is("describeTransactions: the coordinator does not know", "Ongoing", () ->
                description(id).state());
        }
    }

    private AbortTransactionSpec spec(ProducerState state, int epoch) {
        return new AbortTransactionSpec(partition, state.producerId(), (short) epoch,
            state.coordinatorEpoch().orElse(0));
    }

    private void fence() throws Exception {
        String id = surface.name("fenced");
        try (var producer = producer(id)) {
            long producerId = description(id).producerId();
            surface.is("fenceProducers", producerId + " 1", () -> {
                var result = admin.fenceProducers(List.of(id));
                return result.producerId(id).get() + " " + result.epochId(id).get();
            });
            producer.beginTransaction();
            surface.is("a producer that is fenced", true, () -> isFenced(producer));
        }
        surface.is("fenceProducers of an id that nobody had", 0, () ->
            (int) admin.fenceProducers(List.of(surface.name("new"))).epochId(surface.name("new"))
                .get());
    }

    /** Clients since 4.0 learn it from Produce, and those before from AddPartitionsToTxn. */
    private boolean isFenced(KafkaProducer<String, String> producer) throws Exception {
        try {
            write(producer);
            return false;
        } catch (ExecutionException error) {
            return error.getCause() instanceof ProducerFencedException
                || error.getCause() instanceof InvalidProducerEpochException;
        }
    }

    private void lists(String id, String which, boolean expected, ListTransactionsOptions options) {
        surface.is("listTransactions " + which, expected, () ->
            admin.listTransactions(options).all().get().stream()
                .map(it -> it.transactionalId()).collect(Collectors.toSet()).contains(id));
    }

    private TransactionDescription description(String id) throws Exception {
        return admin.describeTransactions(List.of(id)).description(id).get();
    }

    private ProducerState state() throws Exception {
        return admin.describeProducers(List.of(partition)).partitionResult(partition).get()
            .activeProducers().get(0);
    }

    private long stableOffset() throws Exception {
        return admin.listOffsets(
                Map.of(partition, OffsetSpec.latest()),
                new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
            .partitionResult(partition).get().offset();
    }

    private static String text(TransactionDescription it) {
        return it.state() + " " + it.transactionTimeoutMs() + " "
            + it.transactionStartTimeMs().isPresent() + " " + it.topicPartitions();
    }

    private static String text(ProducerState it) {
        return it.producerId() + " " + it.producerEpoch() + " "
            + it.currentTransactionStartOffset().isPresent() + " " + it.lastSequence();
    }
}
