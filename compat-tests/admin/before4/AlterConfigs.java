import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;

/** Configs altered as a whole, which clients of 4.0 do no more. */
@SuppressWarnings("deprecation")
class AlterConfigs implements Surface.Area {
    private Admin admin;
    private ConfigResource topic;

    @Override
    public void run(Surface surface) throws Exception {
        admin = surface.admin;
        topic = new ConfigResource(ConfigResource.Type.TOPIC, surface.newTopic("configs", 1));
        surface.is("alterConfigs", "null", () ->
            alter(Map.of("cleanup.policy", "compact", "segment.bytes", "1048576")));
        surface.becomes("alterConfigs has set", "compact 1048576", this::read);
        surface.is("alterConfigs once more", "null", () ->
            alter(Map.of("segment.bytes", "2097152")));
        surface.becomes("alterConfigs replaces all", "delete 2097152", this::read);
        surface.fails("alterConfigs refuses a bad value", InvalidConfigurationException.class, () ->
            alter(Map.of("segment.bytes", "big")));
    }

    private Void alter(Map<String, String> configs) throws Exception {
        List<ConfigEntry> entries = configs.entrySet().stream()
            .map(it -> new ConfigEntry(it.getKey(), it.getValue()))
            .collect(Collectors.toList());
        return admin.alterConfigs(Map.of(topic, new Config(entries))).all().get();
    }

    private String read() throws Exception {
        Config config = admin.describeConfigs(List.of(topic)).all().get().get(topic);
        return config.get("cleanup.policy").value() + " " + config.get("segment.bytes").value();
    }
}
