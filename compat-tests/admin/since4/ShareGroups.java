import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ShareGroupDescription;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Share groups (KIP-932). */
class ShareGroups implements Surface.Area {
    private Surface surface;
    private Admin admin;
    private String group;
    private TopicPartition partition;

    @Override
    public void run(Surface surface) throws Exception {
        this.surface = surface;
        admin = surface.admin;
        group = surface.name("group");
        partition = new TopicPartition(surface.newTopic("shared", 1), 0);
        var resource = new ConfigResource(ConfigResource.Type.GROUP, group);
        var earliest = new ConfigEntry("share.auto.offset.reset", "earliest");
        admin.incrementalAlterConfigs(
            Map.of(resource, List.of(new AlterConfigOp(earliest, OpType.SET)))).all().get();
        long now = System.currentTimeMillis();
        surface.produce(partition.topic(), now, now, now);
        var strings = new StringDeserializer();
        Map<String, Object> configs = Map.of(
            "bootstrap.servers", surface.bootstrapServers, "group.id", group, "client.id", "app");
        try (var consumer = new KafkaShareConsumer<>(configs, strings, strings)) {
            consumer.subscribe(List.of(partition.topic()));
            int records = 0;
            while (records < 3) records += consumer.poll(Duration.ofMillis(100)).count();
            whileConsuming();
            consumer.commitSync();
        }
        afterwards();
    }

    private void whileConsuming() throws Exception {
        ShareGroupDescription described =
            admin.describeShareGroups(List.of(group)).all().get().get(group);
        surface.is("describeShareGroups", "Stable 1 true", () ->
            described.groupState() + " " + described.members().size() + " "
                + (described.groupEpoch() == described.targetAssignmentEpoch()));
        surface.is("describeShareGroups knows the coordinator", true, () ->
            surface.nodes.contains(described.coordinator().id()));
        surface.is("describeShareGroups knows members",
            "app /127.0.0.1 Optional.empty true " + Set.of(partition), () -> {
                var member = described.members().iterator().next();
                return member.clientId() + " " + member.host() + " " + member.rackId() + " "
                    + (member.memberEpoch() == described.groupEpoch()) + " "
                    + member.assignment().topicPartitions();
            });
        surface.is("listGroups of the type Share", "Optional[Stable] share", () -> {
            var listed = admin.listGroups(ListGroupsOptions.forShareGroups()).all().get().stream()
                .filter(it -> it.groupId().equals(group)).findFirst().orElseThrow();
            return listed.groupState() + " " + listed.protocol();
        });
        surface.fails("alterShareGroupOffsets refuses while there are members",
            GroupNotEmptyException.class, () ->
                admin.alterShareGroupOffsets(group, Map.of(partition, 1L)).all().get());
        surface.fails("deleteShareGroupOffsets refuses while there are members",
            GroupNotEmptyException.class, () ->
                admin.deleteShareGroupOffsets(group, Set.of(partition.topic())).all().get());
        surface.fails("deleteShareGroups refuses while there are members",
            GroupNotEmptyException.class, () -> admin.deleteShareGroups(List.of(group)).all().get());
    }

    private void afterwards() throws Exception {
        surface.becomes("describeShareGroups of an empty group", "Empty", () ->
            admin.describeShareGroups(List.of(group)).all().get().get(group).groupState());
        surface.becomes("listShareGroupOffsets", "Optional[0]", this::lag);
        surface.is("alterShareGroupOffsets", "null", () ->
            admin.alterShareGroupOffsets(group, Map.of(partition, 1L)).all().get());
        surface.is("listShareGroupOffsets of a partition", "1 Optional[0] Optional[2]", () -> {
            var offset = admin.listShareGroupOffsets(
                    Map.of(group, new ListShareGroupOffsetsSpec().topicPartitions(Set.of(partition))))
                .partitionsToOffsetInfo(group).get().get(partition);
            return offset.startOffset() + " " + offset.leaderEpoch() + " " + offset.lag();
        });
        surface.fails("alterShareGroupOffsets of a partition that there is not",
            UnknownTopicOrPartitionException.class, () -> {
                var unknown = new TopicPartition(partition.topic(), 5);
                return admin.alterShareGroupOffsets(group, Map.of(unknown, 1L)).all().get();
            });
        surface.is("deleteShareGroupOffsets", "null", () ->
            admin.deleteShareGroupOffsets(group, Set.of(partition.topic())).all().get());
        surface.is("listShareGroupOffsets after it", Map.of(), () ->
            admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
                .partitionsToOffsetInfo(group).get());
        surface.is("deleteShareGroups", "null", () ->
            admin.deleteShareGroups(List.of(group)).all().get());
        surface.fails("describeShareGroups of no group", GroupIdNotFoundException.class, () ->
            admin.describeShareGroups(List.of(group)).all().get());
    }

    private Object lag() throws Exception {
        return admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
            .partitionsToOffsetInfo(group).get().get(partition).lag();
    }
}
