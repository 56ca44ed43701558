import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InvalidRegularExpression;
import org.apache.kafka.common.serialization.StringSerializer;

/** Transactions that are found by a pattern (KIP-1152) and ended by an operator (KIP-939). */
class ForcedEnds implements Surface.Area {
    @Override
    public void run(Surface surface) throws Exception {
        Admin admin = surface.admin;
        String topic = surface.newTopic("written", 1);
        String id = surface.name("ended");
        var strings = new StringSerializer();
        Map<String, Object> configs =
            Map.of("bootstrap.servers", surface.bootstrapServers, "transactional.id", id);
        try (var producer = new KafkaProducer<>(configs, strings, strings)) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, "k", "v")).get();
            surface.is("listTransactions of a pattern", List.of(id), () ->
                find(admin, surface.name("e") + "|" + surface.name("en") + "|.*" + id.substring(2)));
            surface.is("listTransactions of another pattern", List.of(), () ->
                find(admin, id + "x"));
            surface.fails("listTransactions of what is no pattern", InvalidRegularExpression.class,
                () -> find(admin, "(ab"));
            surface.is("forceTerminateTransaction", "null", () ->
                admin.forceTerminateTransaction(id).result().get());
            surface.is("describeTransactions sees it", "Empty", () ->
                admin.describeTransactions(List.of(id)).description(id).get().state());
        }
        surface.is("forceTerminateTransaction of an unknown id", "null", () ->
            admin.forceTerminateTransaction(surface.name("unknown")).result().get());
    }

    private static List<String> find(Admin admin, String pattern) throws Exception {
        return admin.listTransactions(
                new ListTransactionsOptions().filterOnTransactionalIdPattern(pattern))
            .all().get().stream().map(it -> it.transactionalId()).collect(Collectors.toList());
    }
}
