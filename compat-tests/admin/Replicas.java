import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.LogDirNotFoundException;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Where partitions lie, and who leads them. */
class Replicas implements Surface.Area {
    private Surface surface;
    private Admin admin;

    @Override
    public void run(Surface surface) throws Exception {
        this.surface = surface;
        admin = surface.admin;
        logDirs();
        elections();
        reassignments();
        if (surface.isCluster()) moves();
    }

    private void logDirs() throws Exception {
        int node = surface.firstNode();
        String topic = surface.name("stored");
        admin.createTopics(List.of(new NewTopic(topic, Map.of(0, List.of(node))))).all().get();
        surface.becomes("the topic is there", 1, () ->
            Described.topic(admin, topic).partitions().size());
        surface.produce(topic, System.currentTimeMillis());
        TopicPartition partition = new TopicPartition(topic, 0);
        surface.is("describeLogDirs of all brokers", surface.nodes, () ->
            admin.describeLogDirs(surface.nodes).allDescriptions().get().keySet().stream().sorted()
                .collect(Collectors.toList()));
        surface.is("describeLogDirs knows the size", "true 0 false", () -> {
            ReplicaInfo replica = logDirOf(node, partition).getValue().replicaInfos().get(partition);
            return (replica.size() > 60) + " " + replica.offsetLag() + " " + replica.isFuture();
        });
        surface.is("describeLogDirs has no error", "null", () ->
            logDirOf(node, partition).getValue().error());
        String path = logDirOf(node, partition).getKey();
        TopicPartitionReplica replica = new TopicPartitionReplica(topic, 0, node);
        surface.is("describeReplicaLogDirs", path + " null", () -> {
            var info = admin.describeReplicaLogDirs(List.of(replica)).all().get().get(replica);
            return info.getCurrentReplicaLogDir() + " " + info.getFutureReplicaLogDir();
        });
        surface.is("alterReplicaLogDirs to where it lies", "null", () ->
            admin.alterReplicaLogDirs(Map.of(replica, path)).all().get());
        surface.fails("alterReplicaLogDirs to nowhere", LogDirNotFoundException.class, () ->
            admin.alterReplicaLogDirs(Map.of(replica, "/no/such/directory")).all().get());
    }

    private Map.Entry<String, LogDirDescription> logDirOf(int node, TopicPartition partition)
        throws Exception {
        return admin.describeLogDirs(List.of(node)).descriptions().get(node).get().entrySet()
            .stream().filter(it -> it.getValue().replicaInfos().containsKey(partition))
            .findFirst().orElseThrow();
    }

    private void elections() throws Exception {
        TopicPartition partition = new TopicPartition(surface.newTopic("led", 1), 0);
        electsNot("preferred, and has it", ElectionNotNeededException.class,
            ElectionType.PREFERRED, partition);
        electsNot("unclean, and has one", ElectionNotNeededException.class,
            ElectionType.UNCLEAN, partition);
        electsNot("preferred, of an unknown topic", UnknownTopicOrPartitionException.class,
            ElectionType.PREFERRED, new TopicPartition(surface.name("unknown"), 0));
        electsNot("preferred, of an unknown partition", UnknownTopicOrPartitionException.class,
            ElectionType.PREFERRED, new TopicPartition(partition.topic(), 9));
        surface.is("electLeaders of all partitions", "null", () ->
            admin.electLeaders(ElectionType.PREFERRED, null).all().get());
    }

    private void electsNot(
        String what, Class<? extends Exception> error, ElectionType type, TopicPartition partition) {
        surface.is("electLeaders " + what, error.getSimpleName(), () ->
            admin.electLeaders(type, Set.of(partition)).partitions().get().get(partition)
                .orElseThrow().getClass().getSimpleName());
    }

    private void reassignments() throws Exception {
        TopicPartition partition = new TopicPartition(surface.newTopic("stays", 1), 0);
        surface.is("listPartitionReassignments: none", Map.of(), () ->
            admin.listPartitionReassignments(Set.of(partition)).reassignments().get());
        surface.is("listPartitionReassignments of all: none", Map.of(), () ->
            admin.listPartitionReassignments().reassignments().get());
        surface.fails("alterPartitionReassignments cancels nothing",
            NoReassignmentInProgressException.class, () ->
                admin.alterPartitionReassignments(Map.of(partition, Optional.empty())).all().get());
        reassignsNot("to an unknown broker", InvalidReplicaAssignmentException.class, partition, 99);
        reassignsNot("to a broker twice", InvalidReplicaAssignmentException.class, partition,
            surface.firstNode(), surface.firstNode());
        reassignsNot("an unknown partition", UnknownTopicOrPartitionException.class,
            new TopicPartition(partition.topic(), 9), surface.firstNode());
        reassignsNot("an unknown topic", UnknownTopicOrPartitionException.class,
            new TopicPartition(surface.name("unknown"), 0), surface.firstNode());
    }

    private void reassignsNot(
        String what, Class<? extends Exception> error, TopicPartition partition, Integer... nodes) {
        surface.fails("alterPartitionReassignments refuses " + what, error, () ->
            reassign(partition, List.of(nodes)));
    }

    private Void reassign(TopicPartition partition, List<Integer> nodes) throws Exception {
        var target = Optional.of(new NewPartitionReassignment(nodes));
        return admin.alterPartitionReassignments(Map.of(partition, target)).all().get();
    }

    /** From the first broker to the last two, and the lead to the preferred of them. */
    private void moves() throws Exception {
        String topic = surface.name("moved");
        int first = surface.firstNode();
        int second = surface.nodes.get(1);
        int last = surface.lastNode();
        admin.createTopics(List.of(new NewTopic(topic, Map.of(0, List.of(first))))).all().get();
        surface.becomes("the topic is with the first broker", List.of(first), () -> replicas(topic));
        surface.produce(topic, System.currentTimeMillis());
        TopicPartition partition = new TopicPartition(topic, 0);
        surface.is("alterPartitionReassignments", "null", () ->
            reassign(partition, List.of(last, second)));
        surface.becomes("listPartitionReassignments ends", Map.of(), () ->
            admin.listPartitionReassignments(Set.of(partition)).reassignments().get());
        surface.becomes("replicas are where they were sent", List.of(last, second), () ->
            replicas(topic));
        surface.becomes("one of them leads", last, () ->
            Described.topic(admin, topic).partitions().get(0).leader().id());
        surface.is("alterPartitionReassignments prefers the other", "null", () ->
            reassign(partition, List.of(second, last)));
        surface.becomes("replicas are in the new order", List.of(second, last), () ->
            replicas(topic));
        surface.is("electLeaders", "Optional.empty", () ->
            admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).partitions().get()
                .get(partition));
        surface.becomes("the preferred one leads", second, () ->
            Described.topic(admin, topic).partitions().get(0).leader().id());
    }

    private List<Integer> replicas(String topic) throws Exception {
        return Described.topic(admin, topic).partitions().get(0).replicas().stream().map(Node::id)
            .collect(Collectors.toList());
    }
}
