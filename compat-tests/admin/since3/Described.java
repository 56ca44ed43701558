import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;

/** A topic's description in the words of releases since 3.1. */
class Described {
    static TopicDescription topic(Admin admin, String name) throws Exception {
        return topic(admin, name, new DescribeTopicsOptions());
    }

    static TopicDescription topic(Admin admin, String name, DescribeTopicsOptions options)
        throws Exception {
        return admin.describeTopics(List.of(name), options).topicNameValues().get(name).get();
    }
}
