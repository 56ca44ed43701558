import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Creates the topics, and writes what ExactlyOnce reads until its own input ends: so many records a
 * second to each topic, by an idempotent producer that outlasts every restart of the broker. Each
 * record has its number in it. Prints "sent 0" when the topics are
 * there, and "sent N" at its end.
 *
 * Arguments: BOOTSTRAP RECORDS_PER_SECOND
 */
public final class Feed {
  private static final int partitions = 4;
  private static final int fiveMinutes = 300_000;
  /** Between readings, in their own time: a window of ten seconds takes 200. */
  private static final long stepMs = 50;

  private final KafkaProducer<String, String> producer;
  private final long startMs = System.currentTimeMillis();
  private final List<String> failures = new ArrayList<>();

  private Feed(String bootstrapServers) {
    var properties = new Properties();
    properties.put("bootstrap.servers", bootstrapServers);
    properties.put("delivery.timeout.ms", fiveMinutes);
    properties.put("max.block.ms", fiveMinutes);
    properties.put("linger.ms", 5);
    var strings = new StringSerializer();
    producer = new KafkaProducer<>(properties, strings, strings);
  }

  public static void main(String[] args) throws Exception {
    createTopics(args[0]);
    var feed = new Feed(args[0]);
    var perSecond = Integer.parseInt(args[1]);
    System.out.println("sent 0");
    var sent = 0;
    while (System.in.available() == 0) {
      var due = (System.currentTimeMillis() - feed.startMs) * perSecond / 1000;
      while (sent < due) feed.send(sent++);
      Thread.sleep(10);
    }
    feed.closeWindows(sent);
    feed.producer.close();
    if (!feed.failures.isEmpty()) throw new IllegalStateException(feed.failures.toString());
    System.out.println("sent " + sent);
  }

  private static void createTopics(String bootstrapServers) throws Exception {
    try (var admin = Admin.create(Map.of("bootstrap.servers", (Object) bootstrapServers))) {
      var names = "lines left right readings counts joined sums closed".split(" ");
      var topics = new ArrayList<NewTopic>();
      for (var name : names) topics.add(new NewTopic(name, Optional.of(partitions), Optional.empty()));
      admin.createTopics(topics).all().get();
    }
  }

  private void send(int number) {
    var words = String.format("w%d w%d w%d w%d", number % 3, number % 7, number % 31, number % 101);
    put("lines", null, null, String.valueOf(number), words);
    var table = number % 2 == 0 ? "left" : "right";
    put(table, null, null, "k" + number / 2 * 7 % 20, String.valueOf(number));
    // Out of order by up to five seconds.
    var timeMs = startMs + number * stepMs + number * 7919L % 5000;
    put("readings", null, timeMs, "s" + number % 10, String.valueOf(number));
  }

  /** A reading far ahead in every partition: it ends all windows before it. */
  private void closeWindows(int number) {
    var timeMs = startMs + number * stepMs + 600_000;
    for (var i = 0; i < partitions; i++) put("readings", i, timeMs, "end" + i, "0");
  }

  private void put(String topic, Integer partition, Long timeMs, String key, String value) {
    producer.send(new ProducerRecord<>(topic, partition, timeMs, key, value), (done, failure) -> {
      if (failure != null) failures.add(failure.toString());
    });
  }
}
