import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A member of Java's: see member.ts for its arguments, history.ts for its lines. Protocols: `range`,
 * `cooperative-sticky`, `consumer` (KIP-848), `share` (KIP-932).
 */
public final class Member {
    private static final Duration WAIT = Duration.ofMillis(50);
    private static final Semaphore resumed = new Semaphore(0);
    private static volatile boolean isPaused;
    private static volatile boolean isStopped;

    private final String topic;
    private final String group;
    private final String protocol;
    private final Properties properties = new Properties();
    /** What it has received and not committed. */
    private final Map<TopicPartition, OffsetAndMetadata> pending = new HashMap<>();

    private Member(String[] args) {
        topic = args[1];
        group = args[2];
        protocol = args[3];
        properties.put("bootstrap.servers", args[0]);
        properties.put("group.id", group);
        properties.put("key.deserializer", StringDeserializer.class);
        properties.put("value.deserializer", StringDeserializer.class);
        properties.put("max.poll.interval.ms", args[4]);
        properties.put("fetch.max.wait.ms", "100");
        if (protocol.equals("share")) {
            return;
        }
        properties.put("auto.offset.reset", "earliest");
        properties.put("enable.auto.commit", "false");
        if (protocol.equals("consumer")) {
            properties.put("group.protocol", "consumer");
            return;
        }
        boolean isRange = protocol.equals("range");
        properties.put(
                "partition.assignment.strategy",
                "org.apache.kafka.clients.consumer."
                        + (isRange ? "RangeAssignor" : "CooperativeStickyAssignor"));
        properties.put("session.timeout.ms", args[4]);
        properties.put("heartbeat.interval.ms", args[5]);
    }

    public static void main(String[] args) throws Exception {
        Thread commands = new Thread(Member::obey);
        commands.setDaemon(true);
        commands.start();
        Member member = new Member(args);
        if (member.protocol.equals("share")) {
            member.share();
        } else {
            member.consume();
        }
        say("stopped");
        System.exit(0);
    }

    private static void obey() {
        try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                switch (line) {
                    case "pause" -> isPaused = true;
                    case "resume" -> {
                        isPaused = false;
                        resumed.release();
                    }
                    default -> isStopped = true;
                }
            }
        } catch (IOException error) {
            say("error " + error);
        }
    }

    private static synchronized void say(String line) {
        System.out.println(System.currentTimeMillis() + " " + line);
    }

    private static void pauseIfAsked() throws InterruptedException {
        if (isPaused) {
            resumed.acquire();
        }
    }

    private void consume() throws InterruptedException {
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(properties)) {
            consumer.subscribe(List.of(topic), new Listener(consumer));
            say("joining");
            while (!isStopped) {
                pauseIfAsked();
                for (ConsumerRecord<String, String> record : consumer.poll(WAIT)) {
                    tell(record);
                }
                try {
                    commit(consumer, pending.keySet());
                } catch (RebalanceInProgressException error) {
                    // The partitions stay its own, or are about to be revoked: then it commits them.
                } catch (CommitFailedException error) {
                    say("error " + error.getMessage());
                    pending.clear();
                }
            }
        }
    }

    /** A record is told before it is committed: what a killed member committed was received. */
    private void tell(ConsumerRecord<String, String> record) {
        say("record " + record.partition() + " " + record.offset() + " " + record.value());
        pending.put(
                new TopicPartition(topic, record.partition()),
                new OffsetAndMetadata(record.offset() + 1));
    }

    private void commit(KafkaConsumer<String, String> consumer, Collection<TopicPartition> of) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(pending);
        offsets.keySet().retainAll(Set.copyOf(of));
        if (offsets.isEmpty()) {
            return;
        }
        consumer.commitSync(offsets);
        committed(offsets);
    }

    private void committed(Map<TopicPartition, OffsetAndMetadata> offsets) {
        offsets.forEach((of, to) -> say("committed " + of.partition() + " " + to.offset()));
        pending.keySet().removeAll(offsets.keySet());
    }

    private final class Listener implements ConsumerRebalanceListener {
        private final KafkaConsumer<String, String> consumer;

        private Listener(KafkaConsumer<String, String> consumer) {
            this.consumer = consumer;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            say("assigned" + numbers(partitions));
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            try {
                commit(consumer, partitions);
            } catch (CommitFailedException error) {
                say("error " + error.getMessage());
            }
            pending.keySet().removeAll(partitions);
            say("revoked" + numbers(partitions));
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            pending.keySet().removeAll(partitions);
            say("lost" + numbers(partitions));
        }
    }

    private static String numbers(Collection<TopicPartition> partitions) {
        StringBuilder numbers = new StringBuilder();
        partitions.forEach(each -> numbers.append(' ').append(each.partition()));
        return numbers.toString();
    }

    private void share() throws Exception {
        startAtEarliest();
        try (KafkaShareConsumer<String, String> consumer = new KafkaShareConsumer<>(properties)) {
            consumer.subscribe(List.of(topic));
            say("joining");
            while (!isStopped) {
                pauseIfAsked();
                for (ConsumerRecord<String, String> record : consumer.poll(WAIT)) {
                    tell(record);
                }
                acknowledge(consumer);
            }
        }
    }

    /** Implicitly: everything that the last poll gave is accepted. */
    private void acknowledge(KafkaShareConsumer<String, String> consumer) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(pending);
        consumer.commitSync().forEach((of, error) -> {
            if (error.isEmpty()) {
                return;
            }
            offsets.remove(new TopicPartition(of.topic(), of.partition()));
            say("error " + error.get().getMessage());
        });
        committed(offsets);
        pending.clear();
    }

    /** A share group starts at the latest records otherwise. */
    private void startAtEarliest() throws Exception {
        Properties common = new Properties();
        common.put("bootstrap.servers", properties.get("bootstrap.servers"));
        try (Admin admin = Admin.create(common)) {
            ConfigEntry earliest = new ConfigEntry("share.auto.offset.reset", "earliest");
            Collection<AlterConfigOp> set =
                    new ArrayList<>(List.of(new AlterConfigOp(earliest, AlterConfigOp.OpType.SET)));
            ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
            admin.incrementalAlterConfigs(Map.of(resource, set)).all().get();
        }
    }
}
