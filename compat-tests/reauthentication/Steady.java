import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Sends for so many seconds, and prints how many were acknowledged, or why one was not. */
public final class Steady {
    public static void main(String[] args) throws InterruptedException {
        String bootstrap = args[0], topic = args[1], mechanism = args[3];
        long endNanos = System.nanoTime() + Duration.ofSeconds(Long.parseLong(args[2])).toNanos();
        String modules = "org.apache.kafka.common.security.";
        String jaas = Map.of(
            "PLAIN", "plain.PlainLoginModule required username=alice password=alice-secret;",
            "SCRAM-SHA-256", "scram.ScramLoginModule required username=alice password=alice-secret;",
            "SCRAM-SHA-512", "scram.ScramLoginModule required username=alice password=alice-secret;",
            "OAUTHBEARER", "oauthbearer.OAuthBearerLoginModule required"
                + " unsecuredLoginStringClaim_sub=alice unsecuredLoginLifetimeSeconds=\"60\";"
        ).get(mechanism);
        Properties configs = new Properties();
        configs.put("bootstrap.servers", bootstrap);
        configs.put("security.protocol", "SASL_PLAINTEXT");
        configs.put("sasl.mechanism", mechanism);
        configs.put("sasl.jaas.config", modules + jaas);
        configs.put("delivery.timeout.ms", "6000");
        configs.put("request.timeout.ms", "5000");
        configs.put("max.block.ms", "5000");
        AtomicInteger acknowledged = new AtomicInteger();
        AtomicReference<Exception> failure = new AtomicReference<>();
        StringSerializer texts = new StringSerializer();
        try (var producer = new KafkaProducer<>(configs, texts, texts)) {
            while (System.nanoTime() < endNanos && failure.get() == null) {
                producer.send(new ProducerRecord<>(topic, "value"), (metadata, exception) -> {
                    if (exception == null) acknowledged.incrementAndGet();
                    else failure.set(exception);
                });
                Thread.sleep(5);
            }
            // Of records that were not sent in time it does not say why.
            if (failure.get() != null) producer.partitionsFor(topic + "-unknown");
        } catch (KafkaException error) {
            failure.set(error);
        }
        System.out.println(failure.get() == null ? acknowledged.get() : failure.get());
    }
}
