import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import javax.security.auth.callback.Callback;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerTokenCallback;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Kafka's own clients: see client.ts for the cases that they take and what they say of them. */
public final class Secured {
    private static final Duration TIMEOUT = Duration.ofSeconds(3);
    private static final String MODULES = "org.apache.kafka.common.security.";

    public static void main(String[] args) throws Exception {
        ObjectMapper json = new ObjectMapper();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode one = json.readTree(line);
            String error = attempt(one);
            System.out.println(json.createObjectNode()
                .put("name", one.get("name").asText()).put("error", error));
        }
        System.exit(0);
    }

    /** Why it failed, or null. */
    private static String attempt(JsonNode one) throws Exception {
        Properties settings = settings(one);
        String topic = one.get("topic").asText();
        String value = one.get("name").asText();
        RecordMetadata written;
        StringSerializer serializer = new StringSerializer();
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, serializer, serializer)) {
            written = producer.send(new ProducerRecord<>(topic, value)).get();
        } catch (ExecutionException error) {
            return error.getCause().toString();
        }
        StringDeserializer deserializer = new StringDeserializer();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, deserializer, deserializer)) {
            TopicPartition partition = new TopicPartition(topic, written.partition());
            consumer.assign(List.of(partition));
            consumer.seek(partition, written.offset());
            ConsumerRecords<String, String> records = consumer.poll(TIMEOUT);
            String read = records.isEmpty() ? "nothing" : records.iterator().next().value();
            return read.equals(value) ? null : "read " + read;
        }
    }

    private static Properties settings(JsonNode one) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", one.get("bootstrap").asText());
        settings.put("security.protocol", one.get("protocol").asText());
        settings.put("max.block.ms", TIMEOUT.toMillis());
        settings.put("enable.idempotence", "false");
        settings.put("retries", "0");
        if (one.has("authority")) {
            settings.put("ssl.truststore.type", "PEM");
            settings.put("ssl.truststore.location", one.get("authority").asText());
        }
        if (one.has("identity")) {
            settings.put("ssl.keystore.type", "PEM");
            settings.put("ssl.keystore.location", one.get("identity").asText());
        }
        if (one.has("mechanism")) authenticate(settings, one);
        return settings;
    }

    private static void authenticate(Properties settings, JsonNode one) {
        String mechanism = one.get("mechanism").asText();
        settings.put("sasl.mechanism", mechanism);
        if (mechanism.equals("OAUTHBEARER")) {
            settings.put("sasl.login.callback.handler.class", Handler.class.getName());
            settings.put("sasl.jaas.config", MODULES
                + "oauthbearer.OAuthBearerLoginModule required token=\""
                + one.get("token").asText() + "\";");
            return;
        }
        String module = mechanism.equals("PLAIN") ? "plain.PlainLoginModule"
            : "scram.ScramLoginModule";
        settings.put("sasl.jaas.config", MODULES + module + " required username=\""
            + one.get("username").asText() + "\" password=\"" + one.get("password").asText()
            + "\";");
    }

    /** Hands out the token unseen: the broker is to say what is wrong with it. */
    public static final class Handler implements AuthenticateCallbackHandler {
        private String token;

        @Override
        public void configure(
                Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
            token = (String) entries.get(0).getOptions().get("token");
        }

        @Override
        public void handle(Callback[] callbacks) {
            for (Callback callback : callbacks) {
                if (callback instanceof OAuthBearerTokenCallback bearer) bearer.token(new Token(token));
            }
        }

        @Override
        public void close() {
        }
    }

    private record Token(String value) implements OAuthBearerToken {
        @Override
        public Set<String> scope() {
            return Set.of();
        }

        @Override
        public long lifetimeMs() {
            return System.currentTimeMillis() + 3_600_000;
        }

        @Override
        public String principalName() {
            return "client";
        }

        @Override
        public Long startTimeMs() {
            return null;
        }
    }
}
