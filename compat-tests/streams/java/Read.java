import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Prints what is committed in topics, from the beginning: "record TOPIC PARTITION OFFSET TIME KEY
 * VALUE". To `follow` is to go on until its own input ends. To read `all` is to end with what there
 * is; then it prints as "open TOPIC PARTITION OFFSET" where the last stable offset of any partition
 * is before its end.
 *
 * Arguments: BOOTSTRAP follow|all TOPIC...
 */
public final class Read {
  private static KafkaConsumer<String, String> consumer(String servers, String isolation) {
    var properties = new Properties();
    properties.put("bootstrap.servers", servers);
    properties.put("isolation.level", isolation);
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
  }

  public static void main(String[] args) throws Exception {
    var topics = Arrays.asList(args).subList(2, args.length);
    try (var consumer = consumer(args[0], "read_committed")) {
      var partitions = new ArrayList<TopicPartition>();
      for (var topic : topics) {
        for (var info : consumer.partitionsFor(topic)) {
          partitions.add(new TopicPartition(topic, info.partition()));
        }
      }
      consumer.assign(partitions);
      if (args[1].equals("follow")) {
        while (System.in.available() == 0) print(consumer);
      } else {
        readAll(consumer, partitions);
        try (var other = consumer(args[0], "read_uncommitted")) {
          printOpen(consumer, other);
        }
      }
    }
  }

  private static void readAll(KafkaConsumer<String, String> consumer, List<TopicPartition> from) {
    var ends = consumer.endOffsets(from);
    while (from.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) print(consumer);
  }

  /**
   * Of all topics there are, those that applications keep for themselves as well. The broker writes
   * topics of its own meanwhile: what was the end is stable a moment later unless a transaction is
   * open.
   */
  private static void printOpen(
      KafkaConsumer<String, String> committed, KafkaConsumer<String, String> uncommitted) {
    var all = uncommitted.listTopics().values().stream()
        .flatMap(Collection::stream)
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .toList();
    Map<TopicPartition, Long> ends = uncommitted.endOffsets(all);
    committed.endOffsets(all).forEach((each, stable) -> {
      if (stable >= ends.get(each)) return;
      System.out.println("open " + each.topic() + " " + each.partition() + " " + stable);
    });
  }

  private static void print(KafkaConsumer<String, String> consumer) {
    var lines = new StringBuilder();
    for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
      lines.append("record ").append(record.topic()).append(' ').append(record.partition())
          .append(' ').append(record.offset()).append(' ').append(record.timestamp())
          .append(' ').append(record.key()).append(' ').append(record.value()).append('\n');
    }
    System.out.print(lines);
    System.out.flush();
  }
}
