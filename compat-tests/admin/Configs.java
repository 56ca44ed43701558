import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Configs of topics and brokers. */
class Configs implements Surface.Area {
    private Surface surface;
    private Admin admin;

    @Override
    public void run(Surface surface) throws Exception {
        this.surface = surface;
        admin = surface.admin;
        ConfigResource topic =
            new ConfigResource(ConfigResource.Type.TOPIC, surface.newTopic("configs", 1));
        ConfigResource broker =
            new ConfigResource(ConfigResource.Type.BROKER, "" + surface.firstNode());
        ConfigResource brokers = new ConfigResource(ConfigResource.Type.BROKER, "");
        describe(topic, broker);
        alterTopic(topic);
        refuseForTopic(topic);
        alterBroker(broker, brokers);
        refuseForBroker(broker, brokers);
        alterLogger();
    }

    private void describe(ConfigResource topic, ConfigResource broker) throws Exception {
        surface.is("describeConfigs of a topic", "9223372036854775807 LONG DEFAULT_CONFIG", () -> {
            ConfigEntry entry = read(topic, "max.compaction.lag.ms");
            return entry.value() + " " + entry.type() + " " + entry.source();
        });
        surface.is("describeConfigs knows what may change", "false false", () -> {
            ConfigEntry entry = read(topic, "retention.ms");
            return entry.isReadOnly() + " " + entry.isSensitive();
        });
        surface.is("describeConfigs leaves out documentation", "null []", () -> {
            ConfigEntry entry = admin.describeConfigs(List.of(topic)).all().get().get(topic)
                .get("segment.bytes");
            return entry.documentation() + " " + entry.synonyms();
        });
        surface.is("describeConfigs with documentation", true, () ->
            read(topic, "segment.bytes").documentation().length() > 20);
        surface.is("describeConfigs with synonyms",
            List.of("log.segment.bytes=1073741824 DEFAULT_CONFIG"), () ->
                synonyms(read(topic, "segment.bytes")));
        surface.is("describeConfigs of a broker", surface.firstNode() + " INT true", () -> {
            ConfigEntry entry = read(broker, "node.id");
            return entry.value() + " " + entry.type() + " " + entry.isReadOnly();
        });
        surface.fails("describeConfigs: unknown topic", UnknownTopicOrPartitionException.class,
            () -> read(new ConfigResource(topic.type(), surface.name("unknown")), "retention.ms"));
    }

    private void alterTopic(ConfigResource topic) throws Exception {
        AlterConfigsOptions onlyCheck = new AlterConfigsOptions().validateOnly(true);
        surface.is("incrementalAlterConfigs validates only", "null", () ->
            admin.incrementalAlterConfigs(
                Map.of(topic, List.of(operation(OpType.SET, "retention.ms", "1000"))), onlyCheck)
                .all().get());
        becomes("incrementalAlterConfigs only validated", topic, "retention.ms",
            read(topic, "retention.ms").value());
        alters("sets", topic, operation(OpType.SET, "retention.ms", "7200000"));
        becomes("incrementalAlterConfigs has set", topic, "retention.ms", "7200000");
        surface.becomes("describeConfigs knows what was set", "DYNAMIC_TOPIC_CONFIG", () ->
            read(topic, "retention.ms").source());
        surface.becomes("describeConfigs knows what is below", "retention.ms=7200000", () ->
            synonyms(read(topic, "retention.ms")).get(0).split(" ")[0]);
        alters("appends", topic, operation(OpType.APPEND, "cleanup.policy", "compact"));
        becomes("incrementalAlterConfigs has appended", topic, "cleanup.policy", "delete,compact");
        alters("subtracts", topic, operation(OpType.SUBTRACT, "cleanup.policy", "delete"));
        becomes("incrementalAlterConfigs has subtracted", topic, "cleanup.policy", "compact");
        alters("deletes", topic,
            operation(OpType.DELETE, "cleanup.policy", ""),
            operation(OpType.DELETE, "retention.ms", ""));
        becomes("incrementalAlterConfigs has deleted", topic, "cleanup.policy", "delete");
    }

    private void refuseForTopic(ConfigResource topic) {
        refuses("an unknown config", InvalidConfigurationException.class, topic,
            operation(OpType.SET, "no.such.config", "1"));
        refuses("a bad number", InvalidConfigurationException.class, topic,
            operation(OpType.SET, "retention.ms", "soon"));
        refuses("what is out of range", InvalidConfigurationException.class, topic,
            operation(OpType.SET, "min.cleanable.dirty.ratio", "1.5"));
        refuses("what is no choice", InvalidConfigurationException.class, topic,
            operation(OpType.SET, "compression.type", "zip"));
        refuses("to append to a number", InvalidConfigurationException.class, topic,
            operation(OpType.APPEND, "retention.ms", "1"));
        refuses("a config twice", InvalidRequestException.class, topic,
            operation(OpType.SET, "retention.ms", "1"), operation(OpType.DELETE, "retention.ms", ""));
        refuses("an unknown topic", UnknownTopicOrPartitionException.class,
            new ConfigResource(topic.type(), surface.name("unknown")),
            operation(OpType.SET, "retention.ms", "1"));
    }

    private void alterBroker(ConfigResource broker, ConfigResource brokers) throws Exception {
        String config = "message.max.bytes";
        String before = read(broker, config).value();
        alters("sets for a broker", broker, operation(OpType.SET, config, "2000001"));
        becomes("a broker has it", broker, config, "2000001");
        surface.becomes("describeConfigs knows what a broker was told", "DYNAMIC_BROKER_CONFIG", () ->
            read(broker, config).source());
        alters("sets for all brokers", brokers, operation(OpType.SET, config, "2000002"));
        becomes("all brokers have it", brokers, config, "2000002");
        becomes("a broker's own goes first", broker, config, "2000001");
        alters("deletes for a broker", broker, operation(OpType.DELETE, config, ""));
        becomes("a broker follows the others", broker, config, "2000002");
        surface.becomes("describeConfigs knows what all brokers were told",
            "DYNAMIC_DEFAULT_BROKER_CONFIG", () -> read(broker, config).source());
        alters("deletes for all brokers", brokers, operation(OpType.DELETE, config, ""));
        becomes("a broker is as before", broker, config, before);
    }

    private void refuseForBroker(ConfigResource broker, ConfigResource brokers) {
        refuses("what a start decides", InvalidRequestException.class, broker,
            operation(OpType.SET, "log.dirs", "/tmp"));
        refuses("a broker's bad number", InvalidRequestException.class, broker,
            operation(OpType.SET, "log.cleaner.threads", "many"));
        refuses("what is for one broker", InvalidRequestException.class, brokers,
            operation(OpType.SET, "listeners", "PLAINTEXT://localhost:1"));
    }

    private void alterLogger() throws Exception {
        ConfigResource logger =
            new ConfigResource(ConfigResource.Type.BROKER_LOGGER, "" + surface.firstNode());
        String before = read(logger, "root").value();
        surface.is("describeConfigs of loggers", "DYNAMIC_BROKER_LOGGER_CONFIG false", () -> {
            ConfigEntry entry = read(logger, "root");
            return entry.source() + " " + entry.isReadOnly();
        });
        alters("sets the level of a logger", logger, operation(OpType.SET, "root", "ERROR"));
        becomes("the logger has that level", logger, "root", "ERROR");
        alters("sets it back", logger, operation(OpType.SET, "root", before));
        becomes("the logger has its level again", logger, "root", before);
        refuses("a bad level", InvalidConfigurationException.class, logger,
            operation(OpType.SET, "root", "LOUD"));
        refuses("an unknown logger", InvalidConfigurationException.class, logger,
            operation(OpType.SET, "no.such.logger", "INFO"));
        refuses("to forget the root logger", InvalidRequestException.class, logger,
            operation(OpType.DELETE, "root", ""));
        refuses("to append to a level", InvalidRequestException.class, logger,
            operation(OpType.APPEND, "root", "INFO"));
    }

    private void alters(String what, ConfigResource resource, AlterConfigOp... operations) {
        surface.is("incrementalAlterConfigs " + what, "null", () -> alter(resource, operations));
    }

    private void refuses(
        String what,
        Class<? extends Exception> error,
        ConfigResource resource,
        AlterConfigOp... operations) {
        surface.fails("incrementalAlterConfigs refuses " + what, error, () ->
            alter(resource, operations));
    }

    private Void alter(ConfigResource resource, AlterConfigOp... operations) throws Exception {
        Collection<AlterConfigOp> all = new ArrayList<>(List.of(operations));
        return admin.incrementalAlterConfigs(Map.of(resource, all)).all().get();
    }

    private void becomes(String operation, ConfigResource resource, String name, String value)
        throws Exception {
        surface.becomes(operation, value, () -> read(resource, name).value());
    }

    private ConfigEntry read(ConfigResource resource, String name) throws Exception {
        DescribeConfigsOptions all =
            new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
        return admin.describeConfigs(List.of(resource), all).all().get().get(resource).get(name);
    }

    private static AlterConfigOp operation(OpType type, String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), type);
    }

    private static List<String> synonyms(ConfigEntry entry) {
        return entry.synonyms().stream().map(it -> it.name() + "=" + it.value() + " " + it.source())
            .collect(Collectors.toList());
    }
}
