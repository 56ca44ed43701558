import java.time.Duration;
import java.util.Arrays;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.Suppressed.BufferConfig;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;
import org.apache.kafka.streams.state.WindowStore;

/**
 * One instance of an application with exactly_once_v2: words are counted, two tables are joined,
 * and readings are summed by window, once with every update and once when the window has closed.
 * Nothing is cached, so each record of the input makes its update. Prints what threads die
 * of. Ends when its input does.
 *
 * Arguments: BOOTSTRAP APPLICATION classic|streams memory|rocksdb STATE_DIRECTORY TRANSACTION_TIMEOUT_MS
 */
public final class ExactlyOnce {
  private static final Serde<String> strings = Serdes.String();
  private static final Duration size = Duration.ofSeconds(10);
  private static final Duration grace = Duration.ofSeconds(30);
  private final StreamsBuilder builder = new StreamsBuilder();
  private final boolean inMemory;

  private ExactlyOnce(boolean inMemory) {
    this.inMemory = inMemory;
    countWords();
    joinTables();
    sumWindows();
    countClosedWindows();
  }

  public static void main(String[] args) throws Exception {
    var application = new ExactlyOnce(args[3].equals("memory"));
    var properties = new Properties();
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1]);
    if (args[2].equals("streams")) properties.put("group.protocol", "streams");
    else properties.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 6000);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, args[4]);
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    properties.put(StreamsConfig.producerPrefix("transaction.timeout.ms"), args[5]);
    // Changelogs are compacted, and repartition topics cut off, all the time.
    properties.put(StreamsConfig.topicPrefix("segment.ms"), 1000);
    properties.put(StreamsConfig.topicPrefix("min.cleanable.dirty.ratio"), "0.01");
    properties.put(StreamsConfig.REPARTITION_PURGE_INTERVAL_MS_CONFIG, 1000);
    properties.put("statestore.cache.max.bytes", 0);
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    var streams = new KafkaStreams(application.builder.build(), properties);
    streams.setUncaughtExceptionHandler(failure -> {
      System.out.println("failed " + failure.toString().replace('\n', ' ')
          + ": " + String.valueOf(failure.getCause()).replace('\n', ' '));
      return StreamThreadExceptionResponse.REPLACE_THREAD;
    });
    streams.start();
    System.in.read();
    streams.close(Duration.ofSeconds(60));
  }

  private void countWords() {
    builder.stream("lines", Consumed.with(strings, strings))
        .flatMapValues(line -> Arrays.asList(line.split(" ")))
        .groupBy((key, word) -> word, Grouped.with("words", strings, strings))
        .count(store("counts", Serdes.Long()))
        .toStream()
        .mapValues(String::valueOf)
        .to("counts", Produced.with(strings, strings));
  }

  private void joinTables() {
    var left = builder.table("left", Consumed.with(strings, strings), store("left", strings));
    var right = builder.table("right", Consumed.with(strings, strings), store("right", strings));
    left.join(right, (one, other) -> one + " " + other, store("joined", strings))
        .toStream()
        .to("joined", Produced.with(strings, strings));
  }

  private void sumWindows() {
    builder.stream("readings", Consumed.with(strings, strings))
        .groupByKey()
        .windowedBy(TimeWindows.ofSizeAndGrace(size, grace))
        .aggregate(() -> "0 0", (key, value, sum) -> add(sum, value), windows("sums", strings))
        .toStream(ExactlyOnce::nameWindow)
        .to("sums", Produced.with(strings, strings));
  }

  private void countClosedWindows() {
    builder.stream("readings", Consumed.with(strings, strings))
        .groupByKey()
        .windowedBy(TimeWindows.ofSizeAndGrace(size, grace))
        .count(windows("closed", Serdes.Long()))
        .suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()))
        .toStream(ExactlyOnce::nameWindow)
        .mapValues(String::valueOf)
        .to("closed", Produced.with(strings, strings));
  }

  /** How many there were, and their sum. */
  private static String add(String sum, String value) {
    var parts = sum.split(" ");
    return (Long.parseLong(parts[0]) + 1) + " " + (Long.parseLong(parts[1]) + Long.parseLong(value));
  }

  private static String nameWindow(Windowed<String> key, Object value) {
    return key.key() + "@" + key.window().start();
  }

  private <V> Materialized<String, V, KeyValueStore<Bytes, byte[]>> store(
      String name, Serde<V> values) {
    var supplier =
        inMemory ? Stores.inMemoryKeyValueStore(name) : Stores.persistentKeyValueStore(name);
    return Materialized.<String, V>as(supplier).withKeySerde(strings).withValueSerde(values);
  }

  private <V> Materialized<String, V, WindowStore<Bytes, byte[]>> windows(
      String name, Serde<V> values) {
    var retention = size.plus(grace);
    WindowBytesStoreSupplier supplier =
        inMemory
            ? Stores.inMemoryWindowStore(name, retention, size, false)
            : Stores.persistentWindowStore(name, retention, size, false);
    return Materialized.<String, V>as(supplier).withKeySerde(strings).withValueSerde(values);
  }
}
