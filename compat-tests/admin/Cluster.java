import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.BrokerIdNotRegisteredException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.UnsupportedByAuthenticationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** The cluster as a whole, and what one without security says about security. */
class Cluster implements Surface.Area {
    @Override
    public void run(Surface surface) throws Exception {
        Admin admin = surface.admin;
        surface.is("describeCluster has an id", true, () ->
            admin.describeCluster().clusterId().get().length() > 0);
        surface.is("describeCluster has a controller", true, () ->
            surface.nodes.contains(admin.describeCluster().controller().get().id()));
        surface.is("describeCluster leaves out what may be done", "null", () ->
            admin.describeCluster().authorizedOperations().get());
        surface.is("describeCluster knows what may be done",
            "[ALTER, ALTER_CONFIGS, CLUSTER_ACTION, CREATE, DESCRIBE, DESCRIBE_CONFIGS, "
                + "IDEMPOTENT_WRITE]",
            () -> admin.describeCluster(
                    new DescribeClusterOptions().includeAuthorizedOperations(true))
                .authorizedOperations().get().stream().map(Enum::name).sorted()
                .collect(Collectors.toList()));
        surface.is("describeFeatures", true, () ->
            admin.describeFeatures().featureMetadata().get().supportedFeatures()
                .containsKey("metadata.version"));
        surface.is("describeFeatures has finalized ones", true, () ->
            admin.describeFeatures().featureMetadata().get().finalizedFeatures()
                .containsKey("metadata.version"));
        surface.is("metrics", true, () -> admin.metrics().size() > 0);
        surface.fails("unregisterBroker: unknown broker", BrokerIdNotRegisteredException.class, () ->
            admin.unregisterBroker(99).all().get());
        refuseAcls(surface);
        refuseTokens(surface);
    }

    private static void refuseAcls(Surface surface) {
        Admin admin = surface.admin;
        AclBinding allowed = new AclBinding(
            new ResourcePattern(ResourceType.TOPIC, "orders", PatternType.LITERAL),
            new AccessControlEntry("User:alice", "*", AclOperation.READ, AclPermissionType.ALLOW));
        surface.fails("describeAcls", SecurityDisabledException.class, () ->
            admin.describeAcls(AclBindingFilter.ANY).values().get());
        surface.fails("createAcls", SecurityDisabledException.class, () ->
            admin.createAcls(List.of(allowed)).all().get());
        surface.fails("deleteAcls", SecurityDisabledException.class, () ->
            admin.deleteAcls(List.of(AclBindingFilter.ANY)).all().get());
    }

    /** They are for authenticated connections. */
    private static void refuseTokens(Surface surface) {
        Admin admin = surface.admin;
        surface.fails("createDelegationToken", UnsupportedByAuthenticationException.class, () ->
            admin.createDelegationToken().delegationToken().get());
        surface.fails("describeDelegationToken", UnsupportedByAuthenticationException.class, () ->
            admin.describeDelegationToken().delegationTokens().get());
        surface.fails("renewDelegationToken", UnsupportedByAuthenticationException.class, () ->
            admin.renewDelegationToken(new byte[] {1}).expiryTimestamp().get());
        surface.fails("expireDelegationToken", UnsupportedByAuthenticationException.class, () ->
            admin.expireDelegationToken(new byte[] {1}).expiryTimestamp().get());
    }
}
