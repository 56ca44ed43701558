import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidUpdateVersionException;

/** What clients of 3.0 say in other words. */
@SuppressWarnings("deprecation")
class Only2 implements Surface.Area {
    @Override
    public void run(Surface surface) throws Exception {
        Admin admin = surface.admin;
        TopicPartition partition = new TopicPartition(surface.newTopic("led", 1), 0);
        surface.fails("electPreferredLeaders", ElectionNotNeededException.class, () ->
            admin.electPreferredLeaders(Set.of(partition)).partitionResult(partition).get());
        surface.fails("updateFeatures refuses an unknown feature",
            InvalidUpdateVersionException.class, () ->
                admin.updateFeatures(
                        Map.of("no.such.version", new FeatureUpdate((short) 1, false)),
                        new UpdateFeaturesOptions())
                    .all().get());
    }
}
