import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Copies a topic to another in transactions, as Kafka's TransactionalMessageCopier does: see
 * copiers.ts for its arguments and lines. The offsets are fenced by the group's generation (KIP-447).
 */
public final class Copier {
    private static final Duration WAIT = Duration.ofMillis(100);
    private static final int MAX_RECORDS = 500;
    /** Each so many transactions, one is aborted, and its records must never be seen. */
    private static final int DOOMED_EACH = 8;

    private static volatile boolean isStopped;

    private final String input;
    private final String output;
    private final KafkaConsumer<String, String> consumer;
    private final KafkaProducer<String, String> producer;
    private int transactions;

    private Copier(String[] args) {
        input = args[1];
        output = args[2];
        Properties reading = new Properties();
        reading.put("bootstrap.servers", args[0]);
        reading.put("group.id", args[3]);
        reading.put("group.protocol", args[7]);
        if (args[7].equals("classic")) {
            reading.put("session.timeout.ms", args[5]);
            reading.put("heartbeat.interval.ms", args[6]);
        }
        reading.put("isolation.level", "read_committed");
        reading.put("auto.offset.reset", "earliest");
        reading.put("enable.auto.commit", "false");
        reading.put("max.poll.records", MAX_RECORDS);
        consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer());
        Properties writing = new Properties();
        writing.put("bootstrap.servers", args[0]);
        writing.put("transactional.id", args[4]);
        producer = new KafkaProducer<>(writing, new StringSerializer(), new StringSerializer());
    }

    public static void main(String[] args) {
        Thread commands = new Thread(Copier::waitForLine);
        commands.setDaemon(true);
        commands.start();
        try {
            new Copier(args).copy();
            System.out.println("stopped");
            System.exit(0);
        } catch (KafkaException error) {
            // Its successor finds out what became of the transaction.
            System.out.println("fatal " + inOneLine(error));
            System.exit(1);
        }
    }

    private static void waitForLine() {
        try {
            System.in.read();
        } catch (IOException error) {
            System.err.println(error);
        }
        isStopped = true;
    }

    private static String inOneLine(KafkaException error) {
        return String.valueOf(error).replace('\n', ' ');
    }

    private void copy() {
        producer.initTransactions();
        consumer.subscribe(List.of(input), new Listener());
        while (!isStopped) {
            ConsumerRecords<String, String> records = consumer.poll(WAIT);
            if (records.isEmpty()) {
                continue;
            }
            boolean isDoomed = ++transactions % DOOMED_EACH == 0;
            producer.beginTransaction();
            try {
                attempt(records, isDoomed);
            } catch (KafkaException error) {
                System.out.println("failed " + inOneLine(error));
                // Where a transaction cannot be aborted, as of one that is fenced, this throws.
                producer.abortTransaction();
                rewind();
            }
        }
        consumer.close();
        producer.close();
    }

    /** That there is one lets the consumer keep partitions until the next poll (KIP-848). */
    private static final class Listener implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}
    }

    private void attempt(ConsumerRecords<String, String> records, boolean isDoomed) {
        for (ConsumerRecord<String, String> record : records) {
            String value = isDoomed ? "x" + record.value() : record.value();
            producer.send(new ProducerRecord<>(output, record.key(), value));
        }
        if (isDoomed) {
            // What is not sent yet would be dropped.
            producer.flush();
            producer.abortTransaction();
            rewind();
            System.out.println("aborted " + records.count());
            return;
        }
        producer.sendOffsetsToTransaction(records.nextOffsets(), consumer.groupMetadata());
        producer.commitTransaction();
        System.out.println("committed " + records.count());
    }

    /** To what is committed. */
    private void rewind() {
        Collection<TopicPartition> assigned = consumer.assignment();
        Map<TopicPartition, OffsetAndMetadata> committed =
                consumer.committed(consumer.assignment());
        for (TopicPartition partition : assigned) {
            OffsetAndMetadata offset = committed.get(partition);
            if (offset == null) {
                consumer.seekToBeginning(List.of(partition));
            } else {
                consumer.seek(partition, offset);
            }
        }
    }
}
