import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.kafka.ConfluentKafkaContainer;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.redpanda.RedpandaContainer;
import org.testcontainers.utility.DockerImageName;

/** Starts the image as a test would, by each module of Testcontainers for Java. */
public class Containers {
  @SuppressWarnings("deprecation")
  public static void main(String[] args) {
    var image = DockerImageName.parse(args[0]);
    switch (args[1]) {
      case "KafkaContainer" -> {
        try (var kafka = new KafkaContainer(image.asCompatibleSubstituteFor("apache/kafka"))) {
          run(kafka, kafka::getBootstrapServers);
        }
      }
      case "ConfluentKafkaContainer" -> {
        var substitute = image.asCompatibleSubstituteFor("confluentinc/cp-kafka");
        try (var kafka = new ConfluentKafkaContainer(substitute)) {
          run(kafka, kafka::getBootstrapServers);
        }
      }
      case "legacy KafkaContainer" -> {
        var substitute = image.asCompatibleSubstituteFor("confluentinc/cp-kafka");
        try (var kafka = new org.testcontainers.containers.KafkaContainer(substitute)) {
          run(kafka, kafka::getBootstrapServers);
        }
      }
      case "legacy KafkaContainer, KRaft" -> {
        var substitute = image.asCompatibleSubstituteFor("confluentinc/cp-kafka");
        try (var kafka = new org.testcontainers.containers.KafkaContainer(substitute).withKraft()) {
          run(kafka, kafka::getBootstrapServers);
        }
      }
      case "RedpandaContainer" -> {
        var substitute = image.asCompatibleSubstituteFor("redpandadata/redpanda");
        try (var redpanda = new RedpandaContainer(substitute)) {
          run(redpanda, redpanda::getBootstrapServers);
        }
      }
      default -> throw new IllegalArgumentException(args[1]);
    }
  }

  private static void run(GenericContainer<?> container, Supplier<String> bootstrapServers) {
    var begin = System.nanoTime();
    container.start();
    System.out.println("started in " + (System.nanoTime() - begin) / 1_000_000 + " ms");
    System.out.println("got " + produceAndConsume(bootstrapServers.get()));
  }

  private static String produceAndConsume(String bootstrapServers) {
    var topic = "orders";
    Map<String, Object> common = Map.of("bootstrap.servers", bootstrapServers);
    try (var producer =
        new KafkaProducer<>(common, new StringSerializer(), new StringSerializer())) {
      producer.send(new ProducerRecord<>(topic, "key", "value"));
    }
    Map<String, Object> configs =
        Map.of(
            "bootstrap.servers", bootstrapServers,
            "group.id", UUID.randomUUID().toString(),
            "auto.offset.reset", "earliest");
    try (var consumer =
        new KafkaConsumer<>(configs, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(topic));
      var deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (System.nanoTime() < deadline) {
        for (var each : consumer.poll(Duration.ofMillis(200))) return each.value();
      }
    }
    throw new IllegalStateException("no record came");
  }
}
