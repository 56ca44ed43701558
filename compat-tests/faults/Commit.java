import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Commits an offset of a partition: bootstrap servers, topic, group, offset. */
public final class Commit {
  public static void main(String[] args) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", args[0]);
    properties.put("group.id", args[2]);
    properties.put("client.id", "java");
    try (var consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
      TopicPartition partition = new TopicPartition(args[1], 0);
      consumer.assign(java.util.List.of(partition));
      OffsetAndMetadata offset = new OffsetAndMetadata(Long.parseLong(args[3]));
      consumer.commitSync(Map.of(partition, offset), Duration.ofSeconds(60));
      System.out.println("committed");
    }
  }
}
