import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/**
 * A source that has all numbers from 0 on for each of its tasks: one that goes on where its offset
 * says writes each once, in order, with its own number as key.
 */
public final class Numbers extends SourceConnector {
  private Map<String, String> properties;

  @Override
  public void start(Map<String, String> properties) {
    this.properties = properties;
  }

  @Override
  public Class<? extends Task> taskClass() {
    return Counting.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    var configs = new ArrayList<Map<String, String>>();
    for (var i = 0; i < maxTasks; i++) {
      var config = new HashMap<>(properties);
      config.put("task", String.valueOf(i));
      configs.add(config);
    }
    return configs;
  }

  @Override
  public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> properties) {
    return ExactlyOnceSupport.SUPPORTED;
  }

  @Override
  public ConfigDef config() {
    return new ConfigDef()
        .define("topic", ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "Where they go.");
  }

  @Override
  public void stop() {}

  @Override
  public String version() {
    return "1";
  }

  /** Public, for the worker makes it. */
  public static final class Counting extends SourceTask {
    private static final int perPoll = 20;
    private Map<String, String> source;
    private String topic;
    private long next;

    @Override
    public void start(Map<String, String> properties) {
      topic = properties.get("topic");
      source = Map.of("task", properties.get("task"));
      var offset = context.offsetStorageReader().offset(source);
      next = offset == null ? 0 : (Long) offset.get("next");
    }

    @Override
    public List<SourceRecord> poll() throws InterruptedException {
      Thread.sleep(20);
      var records = new ArrayList<SourceRecord>();
      for (var i = 0; i < perPoll; i++) {
        var number = next++;
        var offset = Map.of("next", next);
        records.add(new SourceRecord(source, offset, topic, Schema.STRING_SCHEMA,
            source.get("task"), Schema.STRING_SCHEMA, String.valueOf(number)));
      }
      return records;
    }

    @Override
    public void stop() {}

    @Override
    public String version() {
      return "1";
    }
  }
}
