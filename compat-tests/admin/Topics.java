import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreatePartitionsOptions;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Topics and their partitions. */
class Topics implements Surface.Area {
    private static final short one = 1;
    private Surface surface;
    private Admin admin;

    @Override
    public void run(Surface surface) throws Exception {
        this.surface = surface;
        admin = surface.admin;
        create();
        placeReplicas();
        refuseToCreate();
        describe();
        grow();
        delete();
    }

    private void create() throws Exception {
        String name = surface.name("created");
        NewTopic topic = new NewTopic(name, 3, (short) surface.nodes.size())
            .configs(Map.of("retention.ms", "3600000"));
        CreateTopicsOptions onlyCheck = new CreateTopicsOptions().validateOnly(true);
        CreateTopicsResult checked = admin.createTopics(List.of(topic), onlyCheck);
        surface.is("createTopics validates only", 3, () -> checked.numPartitions(name).get());
        CreateTopicsResult created = admin.createTopics(List.of(topic));
        surface.is("createTopics", "null", () -> created.values().get(name).get());
        surface.is("createTopics tells partitions", 3, () -> created.numPartitions(name).get());
        surface.is("createTopics tells the replication factor", surface.nodes.size(), () ->
            created.replicationFactor(name).get());
        surface.is("createTopics tells a config", "3600000 DYNAMIC_TOPIC_CONFIG", () -> {
            var entry = created.config(name).get().get("retention.ms");
            return entry.value() + " " + entry.source();
        });
        surface.is("createTopics tells a default", "delete DEFAULT_CONFIG", () -> {
            var entry = created.config(name).get().get("cleanup.policy");
            return entry.value() + " " + entry.source();
        });
        surface.becomes("listTopics", true, () -> admin.listTopics().names().get().contains(name));
        surface.is("listTopics knows what is internal", false, () ->
            admin.listTopics(new ListTopicsOptions().listInternal(true)).namesToListings().get()
                .get(name).isInternal());
        String defaults = surface.name("defaults");
        surface.is("createTopics with the broker's defaults", "1 1", () -> {
            NewTopic plain = new NewTopic(defaults, Optional.empty(), Optional.empty());
            CreateTopicsResult result = admin.createTopics(List.of(plain));
            return result.numPartitions(defaults).get() + " "
                + result.replicationFactor(defaults).get();
        });
    }

    private void placeReplicas() throws Exception {
        int first = surface.firstNode();
        int last = surface.lastNode();
        String name = surface.name("placed");
        NewTopic topic = new NewTopic(name, Map.of(0, List.of(last), 1, List.of(first)));
        surface.is("createTopics with assignments", "null", () ->
            admin.createTopics(List.of(topic)).all().get());
        surface.becomes("createTopics leads where it is told", List.of(last, first), () ->
            Described.topic(admin, name).partitions().stream().map(it -> it.leader().id())
                .collect(Collectors.toList()));
        refusesAssignments("to a broker twice", Map.of(0, List.of(first, first)));
        refusesAssignments("to an unknown broker", Map.of(0, List.of(99)));
        refusesAssignments("with a gap", Map.of(1, List.of(first)));
        if (surface.isCluster()) {
            refusesAssignments("of several factors",
                Map.of(0, List.of(first), 1, List.of(first, last)));
        }
    }

    private void refusesAssignments(String what, Map<Integer, List<Integer>> assignments) {
        NewTopic topic = new NewTopic(surface.name("misplaced"), assignments);
        surface.fails("createTopics refuses assignments " + what,
            InvalidReplicaAssignmentException.class,
            () -> admin.createTopics(List.of(topic)).all().get());
    }

    private void refuseToCreate() throws Exception {
        String name = surface.newTopic("exists", 1);
        refuses("an existing name", TopicExistsException.class, new NewTopic(name, 1, one));
        refuses("a bad name", InvalidTopicException.class, new NewTopic("not/a/name", 1, one));
        refuses("an empty name", InvalidTopicException.class, new NewTopic("", 1, one));
        String other = surface.name("refused");
        refuses("no partitions", InvalidPartitionsException.class, new NewTopic(other, 0, one));
        refuses("more replicas than brokers", InvalidReplicationFactorException.class,
            new NewTopic(other, 1, (short) 99));
        refuses("no replicas", InvalidReplicationFactorException.class,
            new NewTopic(other, 1, (short) 0));
        refuses("an unknown config", InvalidConfigurationException.class,
            new NewTopic(other, 1, one).configs(Map.of("no.such.config", "1")));
        refuses("a bad value", InvalidConfigurationException.class,
            new NewTopic(other, 1, one).configs(Map.of("retention.ms", "soon")));
    }

    private void refuses(String what, Class<? extends Exception> error, NewTopic topic) {
        surface.fails("createTopics refuses " + what, error, () ->
            admin.createTopics(List.of(topic)).all().get());
    }

    private void describe() throws Exception {
        String name = surface.newTopic("described", 2);
        TopicDescription topic = Described.topic(admin, name);
        surface.is("describeTopics", name + " false [0, 1]", () ->
            topic.name() + " " + topic.isInternal() + " "
                + topic.partitions().stream().map(it -> it.partition())
                    .collect(Collectors.toList()));
        surface.is("describeTopics knows replicas in sync", true, () ->
            topic.partitions().stream().allMatch(it -> {
                List<Node> leader = List.of(it.leader());
                return it.replicas().equals(leader) && it.isr().equals(leader);
            }));
        surface.is("describeTopics leaves out what may be done", "null", () ->
            topic.authorizedOperations());
        surface.is("describeTopics knows what may be done",
            "[ALTER, ALTER_CONFIGS, CREATE, DELETE, DESCRIBE, DESCRIBE_CONFIGS, READ, WRITE]",
            () -> Described.topic(admin, name,
                    new DescribeTopicsOptions().includeAuthorizedOperations(true))
                .authorizedOperations().stream().map(Enum::name).sorted()
                .collect(Collectors.toList()));
        surface.fails("describeTopics: unknown name", UnknownTopicOrPartitionException.class, () ->
            Described.topic(admin, surface.name("unknown")));
        surface.fails("describeTopics: bad name", InvalidTopicException.class, () ->
            Described.topic(admin, "not/a/name"));
    }

    private void grow() throws Exception {
        int first = surface.firstNode();
        String name = surface.newTopic("grown", 1);
        CreatePartitionsOptions onlyCheck = new CreatePartitionsOptions().validateOnly(true);
        surface.is("createPartitions validates only", "null", () ->
            admin.createPartitions(Map.of(name, NewPartitions.increaseTo(2)), onlyCheck)
                .all().get());
        grows("createPartitions", name, NewPartitions.increaseTo(2));
        surface.becomes("createPartitions adds partitions", 2, () ->
            Described.topic(admin, name).partitions().size());
        grows("createPartitions with assignments", name,
            NewPartitions.increaseTo(4, List.of(List.of(first), List.of(first))));
        surface.becomes("createPartitions leads where it is told", List.of(first, first), () ->
            Described.topic(admin, name).partitions().stream().skip(2)
                .map(it -> it.leader().id()).collect(Collectors.toList()));
        growsNot("fewer", InvalidPartitionsException.class, name, NewPartitions.increaseTo(3));
        growsNot("as many", InvalidPartitionsException.class, name, NewPartitions.increaseTo(4));
        growsNot("a topic that is unknown", UnknownTopicOrPartitionException.class,
            surface.name("unknown"), NewPartitions.increaseTo(2));
        growsNot("too few assignments", InvalidReplicaAssignmentException.class, name,
            NewPartitions.increaseTo(6, List.of(List.of(first))));
        growsNot("an unknown broker", InvalidReplicaAssignmentException.class, name,
            NewPartitions.increaseTo(5, List.of(List.of(99))));
    }

    private void grows(String operation, String name, NewPartitions partitions) {
        surface.is(operation, "null", () ->
            admin.createPartitions(Map.of(name, partitions)).values().get(name).get());
    }

    private void growsNot(
        String what, Class<? extends Exception> error, String name, NewPartitions partitions) {
        surface.fails("createPartitions refuses " + what, error, () ->
            admin.createPartitions(Map.of(name, partitions)).all().get());
    }

    private void delete() throws Exception {
        String name = surface.newTopic("deleted", 1);
        surface.is("deleteTopics", "null", () -> admin.deleteTopics(List.of(name)).all().get());
        surface.becomes("deleteTopics deletes", false, () ->
            admin.listTopics().names().get().contains(name));
        surface.fails("deleteTopics: unknown name", UnknownTopicOrPartitionException.class, () ->
            admin.deleteTopics(List.of(name)).all().get());
    }
}
