import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.InvalidConfigurationException;

/** What clients since 4.0 can do besides. */
class Since4 implements Surface.Area {
    private Surface surface;
    private Admin admin;

    @Override
    public void run(Surface surface) throws Exception {
        this.surface = surface;
        admin = surface.admin;
        surface.is("describeCluster has no fenced broker", surface.nodes.size(), () ->
            admin.describeCluster(new DescribeClusterOptions().includeFencedBrokers(true)).nodes()
                .get().size());
        groups();
        groupConfigs();
        configResources();
        pendingUpload();
    }

    private void groups() throws Exception {
        String group = surface.name("group");
        TopicPartition partition = new TopicPartition(surface.newTopic("read", 1), 0);
        admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(0))).all()
            .get();
        surface.is("listGroups", "Optional[Classic] Optional[Empty] true", () -> {
            var listed = admin.listGroups().all().get().stream()
                .filter(it -> it.groupId().equals(group)).findFirst().orElseThrow();
            return listed.type() + " " + listed.groupState() + " " + listed.isSimpleConsumerGroup();
        });
        lists("of that state", true, group,
            new ListGroupsOptions().inGroupStates(Set.of(GroupState.EMPTY)));
        lists("of another state", false, group,
            new ListGroupsOptions().inGroupStates(Set.of(GroupState.STABLE)));
        lists("of that type", true, group,
            new ListGroupsOptions().withTypes(Set.of(GroupType.CLASSIC)));
        lists("of another type", false, group, ListGroupsOptions.forShareGroups());
        surface.is("describeClassicGroups", "Empty true 0", () -> {
            var described = admin.describeClassicGroups(List.of(group)).all().get().get(group);
            return described.state() + " " + described.isSimpleConsumerGroup() + " "
                + described.members().size();
        });
        List<String> unknown = List.of(surface.name("unknown"));
        surface.fails("describeClassicGroups: unknown group", GroupIdNotFoundException.class, () ->
            admin.describeClassicGroups(unknown).all().get());
        surface.fails("describeConsumerGroups: unknown group", GroupIdNotFoundException.class, () ->
            admin.describeConsumerGroups(unknown).all().get());
    }

    private void lists(String what, boolean expected, String group, ListGroupsOptions options) {
        surface.is("listGroups " + what, expected, () ->
            admin.listGroups(options).all().get().stream()
                .anyMatch(it -> it.groupId().equals(group)));
    }

    private void groupConfigs() throws Exception {
        String config = "consumer.heartbeat.interval.ms";
        ConfigResource group =
            new ConfigResource(ConfigResource.Type.GROUP, surface.name("configured"));
        surface.is("incrementalAlterConfigs of a group", "null", () ->
            alter(group, OpType.SET, config, "7000"));
        surface.becomes("describeConfigs of a group", "7000 DYNAMIC_GROUP_CONFIG", () -> {
            ConfigEntry entry =
                admin.describeConfigs(List.of(group)).all().get().get(group).get(config);
            return entry.value() + " " + entry.source();
        });
        surface.fails("incrementalAlterConfigs of a group refuses what is out of range",
            InvalidConfigurationException.class, () -> alter(group, OpType.SET, config, "1"));
        surface.fails("incrementalAlterConfigs of a group refuses an unknown config",
            InvalidConfigurationException.class, () ->
                alter(group, OpType.SET, "no.such.config", "1"));
        surface.becomes("listConfigResources of groups", true, () ->
            resources(ConfigResource.Type.GROUP).contains(group.name()));
        surface.is("incrementalAlterConfigs of a group deletes", "null", () ->
            alter(group, OpType.DELETE, config, ""));
        surface.becomes("describeConfigs of a group sees it", "DEFAULT_CONFIG", () ->
            admin.describeConfigs(List.of(group)).all().get().get(group).get(config).source());
    }

    private Void alter(ConfigResource resource, OpType type, String name, String value)
        throws Exception {
        AlterConfigOp operation = new AlterConfigOp(new ConfigEntry(name, value), type);
        return admin.incrementalAlterConfigs(Map.of(resource, new ArrayList<>(List.of(operation))))
            .all().get();
    }

    private void configResources() throws Exception {
        String topic = surface.newTopic("listed", 1);
        surface.becomes("listConfigResources of topics", true, () ->
            resources(ConfigResource.Type.TOPIC).contains(topic));
        surface.is("listConfigResources of brokers", true, () ->
            resources(ConfigResource.Type.BROKER).contains("" + surface.firstNode()));
        surface.becomes("listConfigResources of all", true, () ->
            admin.listConfigResources().all().get()
                .contains(new ConfigResource(ConfigResource.Type.TOPIC, topic)));
    }

    private List<String> resources(ConfigResource.Type type) throws Exception {
        return admin.listConfigResources(Set.of(type), new ListConfigResourcesOptions()).all().get()
            .stream().map(ConfigResource::name).collect(Collectors.toList());
    }

    private void pendingUpload() throws Exception {
        TopicPartition partition = new TopicPartition(surface.newTopic("offsets", 1), 0);
        surface.is("listOffsets earliest pending upload", "-1 -1", () -> {
            var found = admin.listOffsets(Map.of(partition, OffsetSpec.earliestPendingUpload()))
                .partitionResult(partition).get();
            return found.offset() + " " + found.timestamp();
        });
    }
}
