import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Groups of the classic protocol. */
@SuppressWarnings("deprecation")
class Groups implements Surface.Area {
    private Surface surface;
    private Admin admin;
    private String group;
    private TopicPartition partition;

    @Override
    public void run(Surface surface) throws Exception {
        this.surface = surface;
        admin = surface.admin;
        group = surface.name("group");
        partition = new TopicPartition(surface.newTopic("read", 1), 0);
        long now = System.currentTimeMillis();
        surface.produce(partition.topic(), now, now, now);
        try (var consumer = new KafkaConsumer<>(configs(), deserializer(), deserializer())) {
            consumer.subscribe(List.of(partition.topic()));
            int records = 0;
            while (records < 3) records += consumer.poll(Duration.ofMillis(100)).count();
            consumer.commitSync();
            whileConsuming();
        }
        afterwards();
    }

    private void whileConsuming() throws Exception {
        ConsumerGroupDescription described =
            admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        surface.is("describeConsumerGroups", "Stable range false 1", () ->
            described.state() + " " + described.partitionAssignor() + " "
                + described.isSimpleConsumerGroup() + " " + described.members().size());
        surface.is("describeConsumerGroups knows the coordinator", true, () ->
            surface.nodes.contains(described.coordinator().id()));
        surface.is("describeConsumerGroups knows members", "app Optional[app-1] /127.0.0.1 1", () -> {
            var member = described.members().iterator().next();
            return member.clientId() + " " + member.groupInstanceId() + " " + member.host() + " "
                + member.assignment().topicPartitions().size();
        });
        surface.is("listConsumerGroups", "false Optional[Stable]", () -> {
            var listed = admin.listConsumerGroups().all().get().stream()
                .filter(it -> it.groupId().equals(group)).findFirst().orElseThrow();
            return listed.isSimpleConsumerGroup() + " " + listed.state();
        });
        surface.fails("alterConsumerGroupOffsets refuses while there are members",
            UnknownMemberIdException.class, () ->
                admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(1)))
                    .all().get());
        surface.fails("removeMembersFromConsumerGroup: unknown member",
            UnknownMemberIdException.class, () -> remove(new MemberToRemove("no-such-member")));
        surface.is("removeMembersFromConsumerGroup", "null", () ->
            remove(new MemberToRemove("app-1")));
        surface.becomes("nobody is left", 0, () ->
            admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().size());
    }

    private Void remove(MemberToRemove member) throws Exception {
        var only = new RemoveMembersFromConsumerGroupOptions(Set.of(member));
        return admin.removeMembersFromConsumerGroup(group, only).memberResult(member).get();
    }

    private void afterwards() throws Exception {
        surface.becomes("describeConsumerGroups of an empty group", "Empty", () ->
            admin.describeConsumerGroups(List.of(group)).all().get().get(group).state());
        surface.is("listConsumerGroupOffsets", Map.of(partition, 3L), this::offsets);
        surface.is("alterConsumerGroupOffsets", "null", () ->
            admin.alterConsumerGroupOffsets(
                    group, Map.of(partition, new OffsetAndMetadata(1, "by hand")))
                .all().get());
        surface.is("listConsumerGroupOffsets sees it", "1 by hand", () -> {
            var offset = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get()
                .get(partition);
            return offset.offset() + " " + offset.metadata();
        });
        String created = surface.name("created");
        surface.is("alterConsumerGroupOffsets makes a group", "null", () ->
            admin.alterConsumerGroupOffsets(created, Map.of(partition, new OffsetAndMetadata(2)))
                .all().get());
        surface.is("describeConsumerGroups of one without a protocol", true, () ->
            admin.describeConsumerGroups(List.of(created)).all().get().get(created)
                .isSimpleConsumerGroup());
        surface.is("deleteConsumerGroupOffsets", "null", () ->
            admin.deleteConsumerGroupOffsets(created, Set.of(partition)).all().get());
        surface.is("deleteConsumerGroups", "null", () ->
            admin.deleteConsumerGroups(List.of(group)).all().get());
        surface.fails("deleteConsumerGroups of an unknown group", GroupIdNotFoundException.class,
            () -> admin.deleteConsumerGroups(List.of(surface.name("unknown"))).all().get());
        surface.is("listConsumerGroupOffsets of an unknown group", Map.of(), () ->
            admin.listConsumerGroupOffsets(surface.name("unknown"))
                .partitionsToOffsetAndMetadata().get());
    }

    private Map<TopicPartition, Long> offsets() throws Exception {
        return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get()
            .entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, it -> it.getValue().offset()));
    }

    private Map<String, Object> configs() {
        return Map.of(
            "bootstrap.servers", surface.bootstrapServers,
            "group.id", group,
            "group.instance.id", "app-1",
            "client.id", "app",
            "auto.offset.reset", "earliest",
            "enable.auto.commit", "false",
            "partition.assignment.strategy",
                "org.apache.kafka.clients.consumer.RangeAssignor");
    }

    private static StringDeserializer deserializer() {
        return new StringDeserializer();
    }
}
