import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What Java's Admin client can do, done: java Surface BOOTSTRAP AREA..., an area being the name of a
 * class beside this one. Prints a line for each operation, 'ok', or 'differs' with what was expected
 * and what came, and at the end the methods of Admin that no operation has called.
 *
 * The areas here compile with every release; those in folders with the releases that they name.
 */
class Surface {
    /** A part of the surface. */
    interface Area {
        void run(Surface surface) throws Exception;
    }

    private static final Duration patience = Duration.ofSeconds(4);

    final Admin admin;
    final String bootstrapServers;
    /** Ascending. */
    final List<Integer> nodes;
    private final Set<String> called = new TreeSet<>();
    private final String run = Long.toString(System.currentTimeMillis(), 36);
    private String area;

    public static void main(String[] args) throws Exception {
        Map<String, Object> configs = Map.of(
            "bootstrap.servers", args[0],
            "request.timeout.ms", 5000,
            "default.api.timeout.ms", 10_000);
        try (Admin client = Admin.create(configs)) {
            Surface surface = new Surface(client, args[0]);
            for (String area : Arrays.asList(args).subList(1, args.length)) {
                surface.run((Area) Class.forName(area).getDeclaredConstructor().newInstance());
            }
            System.out.println("uncalled " + String.join(" ", surface.uncalled()));
        }
    }

    private Surface(Admin client, String bootstrapServers) throws Exception {
        this.bootstrapServers = bootstrapServers;
        nodes = client.describeCluster().nodes().get().stream().map(Node::id).sorted()
            .collect(Collectors.toList());
        admin = (Admin) Proxy.newProxyInstance(
            Surface.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, args) -> {
                called.add(method.getName());
                try {
                    return method.invoke(client, args);
                } catch (InvocationTargetException thrown) {
                    throw thrown.getCause();
                }
            });
    }

    private void run(Area area) {
        this.area = area.getClass().getName();
        is("all of it", "done", () -> {
            area.run(this);
            return "done";
        });
    }

    private Set<String> uncalled() {
        Set<String> names = Arrays.stream(Admin.class.getMethods()).map(Method::getName)
            .collect(Collectors.toCollection(TreeSet::new));
        names.removeAll(Set.of("create", "close"));
        names.removeAll(called);
        return names;
    }

    int firstNode() {
        return nodes.get(0);
    }

    int lastNode() {
        return nodes.get(nodes.size() - 1);
    }

    boolean isCluster() {
        return nodes.size() > 1;
    }

    /** One that no other run and no other area uses. */
    String name(String what) {
        return what + "-" + area.toLowerCase() + "-" + run;
    }

    /** A new topic with one replica for each partition, known to all brokers. */
    String newTopic(String what, int partitions) throws Exception {
        String name = name(what);
        admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get();
        await(partitions, () -> Described.topic(admin, name).partitions().size());
        return name;
    }

    /** Writes values into partition 0, each with its time in ms. */
    void produce(String topic, long... times) throws Exception {
        Map<String, Object> configs = Map.of("bootstrap.servers", bootstrapServers, "acks", "all");
        var strings = new StringSerializer();
        try (var producer = new KafkaProducer<>(configs, strings, strings)) {
            for (long time : times) {
                producer.send(new ProducerRecord<>(topic, 0, time, "key", "value")).get();
            }
        }
    }

    void is(String operation, Object expected, Callable<?> call) {
        compare(operation, expected, outcome(call));
    }

    /** As `is`, for what Apache Kafka's brokers hear of a moment later: asks again and again. */
    void becomes(String operation, Object expected, Callable<?> call) throws InterruptedException {
        compare(operation, expected, await(expected, call));
    }

    void fails(String operation, Class<? extends Exception> error, Callable<?> call) {
        compare(operation, error.getSimpleName(), outcome(call));
    }

    private String await(Object expected, Callable<?> call) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        for (;;) {
            String outcome = outcome(call);
            if (outcome.equals(String.valueOf(expected)) || System.nanoTime() > deadline) {
                return outcome;
            }
            Thread.sleep(20);
        }
    }

    private void compare(String operation, Object expected, String outcome) {
        boolean same = outcome.equals(String.valueOf(expected));
        System.out.println(same
            ? "ok " + area + ": " + operation
            : "differs " + area + ": " + operation + ": expected " + expected + ", got " + outcome);
    }

    /** What a call gives, or the class of what it throws. */
    private static String outcome(Callable<?> call) {
        try {
            return String.valueOf(call.call());
        } catch (ExecutionException error) {
            return error.getCause().getClass().getSimpleName();
        } catch (Exception error) {
            return error.getClass().getSimpleName();
        }
    }
}
