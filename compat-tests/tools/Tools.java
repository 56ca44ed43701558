import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Exit;
import org.slf4j.LoggerFactory;

/**
 * Runs Kafka's command-line tools one after the other in one JVM, because each start of one costs a
 * second. A command is a line of JSON on stdin, {tool, args, input}: the class whose main is run,
 * its arguments, and its stdin. The answer is a line on stdout, {exitCode, out, err}.
 */
class Tools {
    /** What a tool prints up to its end; one stream for all, because Scala keeps what it found. */
    static class Capture extends OutputStream {
        private final ByteArrayOutputStream captured = new ByteArrayOutputStream();
        private boolean ended;

        @Override
        public synchronized void write(int octet) {
            if (!ended) captured.write(octet);
        }

        @Override
        public synchronized void write(byte[] bytes, int start, int length) {
            if (!ended) captured.write(bytes, start, length);
        }

        synchronized void begin() {
            captured.reset();
            ended = false;
        }

        synchronized void end() {
            ended = true;
        }

        synchronized String text() {
            return captured.toString(StandardCharsets.UTF_8);
        }

        PrintStream stream() {
            return new PrintStream(this, true, StandardCharsets.UTF_8);
        }
    }

    static class ToolExit extends RuntimeException {}

    static final Capture out = new Capture();
    static final Capture err = new Capture();
    /** The first code counts: some tools catch what is thrown at an exit, and exit again. */
    static Integer exitCode;

    public static void main(String[] none) throws Exception {
        PrintStream answers = System.out;
        System.setOut(out.stream());
        System.setErr(err.stream());
        Exit.setExitProcedure(Tools::exit);
        Exit.setHaltProcedure(Tools::exit);
        // Says once that there is no logging, which is no part of what the first tool prints.
        LoggerFactory.getILoggerFactory();
        ObjectMapper json = new ObjectMapper();
        BufferedReader commands =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = commands.readLine()) != null; ) {
            JsonNode command = json.readTree(line);
            String[] args = json.convertValue(command.get("args"), String[].class);
            byte[] input = command.get("input").asText().getBytes(StandardCharsets.UTF_8);
            System.setIn(new ByteArrayInputStream(input));
            out.begin();
            err.begin();
            exitCode = null;
            run(command.get("tool").asText(), args);
            answers.println(json.createObjectNode().put("exitCode", exitCode)
                .put("out", out.text()).put("err", err.text()));
        }
    }

    private static void run(String tool, String[] args) throws Exception {
        Method main = Class.forName(tool).getMethod("main", String[].class);
        try {
            main.invoke(null, (Object) args);
            end(0);
        } catch (InvocationTargetException thrown) {
            if (exitCode == null) thrown.getCause().printStackTrace();
            end(1);
        }
    }

    /** Kafka's tools make their exits through its Exit. */
    private static void exit(int code, String message) {
        if (message != null) System.err.println(message);
        end(code);
        throw new ToolExit();
    }

    private static void end(int code) {
        if (exitCode != null) return;
        exitCode = code;
        try {
            runShutdownHooks();
        } catch (ReflectiveOperationException | InterruptedException error) {
            throw new IllegalStateException(error);
        }
        out.end();
        err.end();
    }

    /** Some tools do their last work when the JVM ends: producers send what they have. */
    @SuppressWarnings("unchecked")
    private static void runShutdownHooks()
        throws ReflectiveOperationException, InterruptedException {
        Field field = Class.forName("java.lang.ApplicationShutdownHooks").getDeclaredField("hooks");
        field.setAccessible(true);
        Map<Thread, Thread> registered = (Map<Thread, Thread>) field.get(null);
        List<Thread> hooks = new ArrayList<>(registered.keySet());
        registered.clear();
        for (Thread hook : hooks) hook.start();
        for (Thread hook : hooks) hook.join();
    }
}
