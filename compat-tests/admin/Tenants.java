import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterClientQuotasOptions;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.ResourceNotFoundException;
import org.apache.kafka.common.errors.UnacceptableCredentialException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;

/** Quotas and credentials. */
class Tenants implements Surface.Area {
    private Surface surface;
    private Admin admin;

    @Override
    public void run(Surface surface) throws Exception {
        this.surface = surface;
        admin = surface.admin;
        quotas();
        credentials();
    }

    private void quotas() throws Exception {
        String user = surface.name("user");
        ClientQuotaEntity one = new ClientQuotaEntity(Map.of("user", user, "client-id", "app"));
        ClientQuotaFilter ofUser = ClientQuotaFilter.contains(
            List.of(ClientQuotaFilterComponent.ofEntity("user", user)));
        AlterClientQuotasOptions onlyCheck = new AlterClientQuotasOptions().validateOnly(true);
        surface.is("alterClientQuotas validates only", "null", () ->
            admin.alterClientQuotas(alteration(one, "producer_byte_rate", 1000.0), onlyCheck)
                .all().get());
        surface.is("describeClientQuotas: none", Map.of(), () ->
            admin.describeClientQuotas(ofUser).entities().get());
        alters("alterClientQuotas", one, "producer_byte_rate", 1000.0);
        surface.becomes("describeClientQuotas", "{producer_byte_rate=1000.0}", () ->
            admin.describeClientQuotas(ofUser).entities().get().get(one));
        surface.is("describeClientQuotas of those users only", Map.of(), () ->
            admin.describeClientQuotas(ClientQuotaFilter.containsOnly(
                List.of(ClientQuotaFilterComponent.ofEntity("user", user)))).entities().get());
        alters("alterClientQuotas changes", one, "producer_byte_rate", 2000.0);
        surface.becomes("describeClientQuotas sees it", "{producer_byte_rate=2000.0}", () ->
            admin.describeClientQuotas(ofUser).entities().get().get(one));
        alters("alterClientQuotas removes", one, "producer_byte_rate", null);
        surface.becomes("describeClientQuotas sees nothing", Map.of(), () ->
            admin.describeClientQuotas(ofUser).entities().get());
        refuses("an unknown quota", one, "no_such_quota", 1.0);
        refuses("a negative one", one, "producer_byte_rate", -1.0);
        refuses("half a byte", one, "producer_byte_rate", 1.5);
        refuses("an unknown kind of entity", new ClientQuotaEntity(Map.of("team", "a")),
            "producer_byte_rate", 1.0);
    }

    private void alters(String operation, ClientQuotaEntity entity, String quota, Double value) {
        surface.is(operation, "null", () ->
            admin.alterClientQuotas(alteration(entity, quota, value)).all().get());
    }

    private void refuses(String what, ClientQuotaEntity entity, String quota, Double value) {
        surface.fails("alterClientQuotas refuses " + what, InvalidRequestException.class, () ->
            admin.alterClientQuotas(alteration(entity, quota, value)).all().get());
    }

    private static List<ClientQuotaAlteration> alteration(
        ClientQuotaEntity entity, String quota, Double value) {
        return List.of(
            new ClientQuotaAlteration(entity, List.of(new ClientQuotaAlteration.Op(quota, value))));
    }

    private void credentials() throws Exception {
        String user = surface.name("user");
        ScramMechanism mechanism = ScramMechanism.SCRAM_SHA_256;
        alters("alterUserScramCredentials", upsertion(user, 8192));
        surface.becomes("describeUserScramCredentials", "[SCRAM-SHA-256, 8192]", () ->
            text(admin.describeUserScramCredentials(List.of(user)).description(user).get()
                .credentialInfos()));
        surface.is("describeUserScramCredentials of all users", true, () ->
            admin.describeUserScramCredentials().users().get().contains(user));
        alters("alterUserScramCredentials deletes", new UserScramCredentialDeletion(user, mechanism));
        surface.becomes("describeUserScramCredentials: unknown user", "ResourceNotFoundException",
            () -> admin.describeUserScramCredentials(List.of(user)).description(user).get());
        refuses("to delete what is not there", ResourceNotFoundException.class,
            new UserScramCredentialDeletion(user, mechanism));
        refuses("few iterations", UnacceptableCredentialException.class, upsertion(user, 1));
        refuses("a nameless user", UnacceptableCredentialException.class, upsertion("", 4096));
    }

    private void alters(String operation, UserScramCredentialAlteration alteration) {
        surface.is(operation, "null", () ->
            admin.alterUserScramCredentials(List.of(alteration)).all().get());
    }

    private void refuses(
        String what, Class<? extends Exception> error, UserScramCredentialAlteration alteration) {
        surface.fails("alterUserScramCredentials refuses " + what, error, () ->
            admin.alterUserScramCredentials(List.of(alteration)).all().get());
    }

    private static UserScramCredentialUpsertion upsertion(String user, int iterations) {
        ScramCredentialInfo info = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, iterations);
        return new UserScramCredentialUpsertion(user, info, "secret");
    }

    private static String text(List<ScramCredentialInfo> credentials) {
        return credentials.stream()
            .map(it -> "[" + it.mechanism().mechanismName() + ", " + it.iterations() + "]")
            .collect(Collectors.joining());
    }
}
