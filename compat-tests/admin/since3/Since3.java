import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DeleteRecordsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.FeatureUpdate.UpgradeType;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.QuorumInfo;
import org.apache.kafka.clients.admin.QuorumInfo.ReplicaState;
import org.apache.kafka.clients.admin.RaftVoterEndpoint;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidUpdateVersionException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnsupportedVersionException;

/** What clients since 3.0 can do besides. */
@SuppressWarnings("deprecation")
class Since3 implements Surface.Area {
    private Surface surface;
    private Admin admin;

    @Override
    public void run(Surface surface) throws Exception {
        this.surface = surface;
        admin = surface.admin;
        topicIds();
        pages();
        offsets();
        groupOffsets();
        logDirs();
        clientMetrics();
        quorum();
        features();
    }

    private void topicIds() throws Exception {
        String name = surface.name("identified");
        Uuid id = admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).topicId(name).get();
        surface.becomes("createTopics tells the id", id, () ->
            Described.topic(admin, name).topicId());
        surface.is("listTopics tells the id", id, () ->
            admin.listTopics().namesToListings().get().get(name).topicId());
        TopicCollection ids = TopicCollection.ofTopicIds(List.of(id));
        surface.is("describeTopics by id", name, () ->
            admin.describeTopics(ids).topicIdValues().get(id).get().name());
        surface.is("deleteTopics by id", "null", () -> admin.deleteTopics(ids).all().get());
        surface.becomes("describeTopics: unknown id", UnknownTopicIdException.class.getSimpleName(),
            () -> admin.describeTopics(ids).topicIdValues().get(id).get());
        surface.fails("deleteTopics: unknown id", UnknownTopicIdException.class, () ->
            admin.deleteTopics(ids).all().get());
    }

    /** KIP-966: a topic's partitions come in several answers. */
    private void pages() throws Exception {
        String name = surface.newTopic("paged", 5);
        surface.is("describeTopics page by page", List.of(0, 1, 2, 3, 4), () ->
            Described.topic(admin, name, new DescribeTopicsOptions().partitionSizeLimitPerResponse(2))
                .partitions().stream().map(it -> it.partition()).collect(Collectors.toList()));
    }

    private void offsets() throws Exception {
        String topic = surface.newTopic("offsets", 1);
        TopicPartition partition = new TopicPartition(topic, 0);
        surface.is("listOffsets max timestamp of none", "-1 -1", () ->
            find(partition, OffsetSpec.maxTimestamp()));
        long start = System.currentTimeMillis() - 60_000;
        surface.produce(topic, start, start + 2000, start + 1000);
        surface.is("listOffsets max timestamp", "1 " + (start + 2000), () ->
            find(partition, OffsetSpec.maxTimestamp()));
        surface.is("listOffsets earliest local", "0 -1", () ->
            find(partition, OffsetSpec.earliestLocal()));
        surface.is("listOffsets latest tiered", "-1 -1", () ->
            find(partition, OffsetSpec.latestTiered()));
        // The client hopes until its time is over.
        TopicPartition unknown = new TopicPartition(surface.name("unknown"), 0);
        surface.fails("deleteRecords of an unknown topic", TimeoutException.class, () ->
            admin.deleteRecords(
                    Map.of(unknown, RecordsToDelete.beforeOffset(0)),
                    new DeleteRecordsOptions().timeoutMs(300))
                .all().get());
    }

    private String find(TopicPartition partition, OffsetSpec spec) throws Exception {
        var found = admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get();
        return found.offset() + " " + found.timestamp();
    }

    private void groupOffsets() throws Exception {
        TopicPartition partition = new TopicPartition(surface.newTopic("read", 1), 0);
        List<String> groups = List.of(surface.name("one"), surface.name("two"));
        for (String group : groups) {
            admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(7)))
                .all().get();
        }
        ListConsumerGroupOffsetsSpec spec =
            new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(partition));
        Map<String, ListConsumerGroupOffsetsSpec> specs =
            groups.stream().collect(Collectors.toMap(group -> group, group -> spec));
        surface.is("listConsumerGroupOffsets of several groups", "7 7", () -> {
            var found = admin.listConsumerGroupOffsets(specs).all().get();
            return groups.stream().map(group -> "" + found.get(group).get(partition).offset())
                .collect(Collectors.joining(" "));
        });
    }

    private void logDirs() {
        surface.is("describeLogDirs knows the disk", true, () ->
            admin.describeLogDirs(surface.nodes).allDescriptions().get().values().stream()
                .flatMap(it -> it.values().stream())
                .allMatch(it -> it.totalBytes().getAsLong() >= it.usableBytes().getAsLong()
                    && it.usableBytes().getAsLong() > 0));
    }

    /** KIP-714. */
    private void clientMetrics() throws Exception {
        String name = surface.name("subscription");
        ConfigResource resource = new ConfigResource(ConfigResource.Type.CLIENT_METRICS, name);
        surface.is("incrementalAlterConfigs of client metrics", "null", () ->
            alter(resource, OpType.SET, "interval.ms", "60000"));
        surface.becomes("listClientMetricsResources", true, () ->
            admin.listClientMetricsResources().all().get().stream()
                .anyMatch(it -> it.name().equals(name)));
        surface.becomes("describeConfigs of client metrics", "60000", () ->
            admin.describeConfigs(List.of(resource)).all().get().get(resource).get("interval.ms")
                .value());
        surface.is("incrementalAlterConfigs deletes client metrics", "null", () ->
            alter(resource, OpType.DELETE, "interval.ms", ""));
        surface.becomes("listClientMetricsResources sees it", false, () ->
            admin.listClientMetricsResources().all().get().stream()
                .anyMatch(it -> it.name().equals(name)));
    }

    private Void alter(ConfigResource resource, OpType type, String name, String value)
        throws Exception {
        AlterConfigOp operation = new AlterConfigOp(new ConfigEntry(name, value), type);
        return admin.incrementalAlterConfigs(Map.of(resource, new ArrayList<>(List.of(operation))))
            .all().get();
    }

    /** The voters are fixed (kraft.version 0), so that none can come or go. */
    private void quorum() {
        surface.is("describeMetadataQuorum", true, () -> {
            QuorumInfo quorum = admin.describeMetadataQuorum().quorumInfo().get();
            return quorum.highWatermark() >= 0 && quorum.leaderEpoch() >= 0
                && quorum.voters().stream().map(ReplicaState::replicaId).toList()
                    .contains(quorum.leaderId());
        });
        Set<RaftVoterEndpoint> endpoints =
            Set.of(new RaftVoterEndpoint("CONTROLLER", "localhost", 9093));
        surface.fails("addRaftVoter", UnsupportedVersionException.class, () ->
            admin.addRaftVoter(99, Uuid.randomUuid(), endpoints).all().get());
        surface.fails("removeRaftVoter", UnsupportedVersionException.class, () ->
            admin.removeRaftVoter(99, Uuid.randomUuid()).all().get());
    }

    private void features() {
        surface.is("updateFeatures validates only", "null", () -> {
            short level = admin.describeFeatures().featureMetadata().get().finalizedFeatures()
                .get("metadata.version").maxVersionLevel();
            return update("metadata.version", level, UpgradeType.UPGRADE);
        });
        refuses("an unknown one", "no.such.version", 1, UpgradeType.UPGRADE);
        refuses("a level that is unknown", "group.version", 99, UpgradeType.UPGRADE);
        refuses("to upgrade downwards", "transaction.version", 1, UpgradeType.UPGRADE);
    }

    private void refuses(String what, String feature, int level, UpgradeType type) {
        surface.fails("updateFeatures refuses " + what, InvalidUpdateVersionException.class, () ->
            update(feature, level, type));
    }

    private Void update(String feature, int level, UpgradeType type) throws Exception {
        return admin.updateFeatures(
                Map.of(feature, new FeatureUpdate((short) level, type)),
                new UpdateFeaturesOptions().validateOnly(true))
            .all().get();
    }
}
