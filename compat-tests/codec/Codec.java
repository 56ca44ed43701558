import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;

/**
 * Kafka's own message classes as a program: each line of the input is a question, answered by one
 * line. Of `key version direction`, followed by
 * <ul>
 *   <li>`recode hex`: the bytes, decoded and encoded again;
 *   <li>`random seed`: the bytes of a message with random content.
 * </ul>
 * The answer is hex, or `unsupported` for a version that the release lacks, or `error` with what
 * was thrown.
 */
class Codec {
    private static final int MAX_ELEMENTS = 3;
    private static final int MAX_BYTES = 40;
    private static final long MAX_SAFE_INTEGER = (1L << 53) - 1;

    public static void main(String[] args) throws IOException {
        var questions = new BufferedReader(new InputStreamReader(System.in));
        var answers = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        for (String line; (line = questions.readLine()) != null; ) {
            answers.println(answer(line.split(" ", -1)));
        }
        answers.flush();
    }

    private static String answer(String[] words) {
        short version = Short.parseShort(words[1]);
        var api = apiWith(Short.parseShort(words[0]), version);
        if (api.isEmpty()) return "unsupported";
        boolean isRequest = words[2].equals("request");
        ApiMessage message = isRequest ? api.get().newRequest() : api.get().newResponse();
        try {
            if (words[3].equals("random")) {
                new Filler(new Random(Long.parseLong(words[4])), version).fill(message);
            } else {
                var bytes = ByteBuffer.wrap(HexFormat.of().parseHex(words[4]));
                message.read(new ByteBufferAccessor(bytes), version);
                if (bytes.hasRemaining()) return "error " + bytes.remaining() + " bytes left";
            }
            return encode(message, version);
        } catch (Exception e) {
            return "error " + e.toString().replace('\n', ' ');
        }
    }

    private static Optional<ApiMessageType> apiWith(short key, short version) {
        return Arrays.stream(ApiMessageType.values())
                .filter(api -> api.apiKey() == key)
                .filter(api -> version >= api.lowestSupportedVersion())
                .filter(api -> version <= api.highestSupportedVersion(false))
                .findFirst();
    }

    private static String encode(Message message, short version) {
        var cache = new ObjectSerializationCache();
        var size = new MessageSizeAccumulator();
        message.addSize(size, cache, version);
        var bytes = ByteBuffer.allocate(size.totalSize());
        message.write(new ByteBufferAccessor(bytes), cache, version);
        if (bytes.hasRemaining()) throw new IllegalStateException("a size that is too large");
        return HexFormat.of().formatHex(bytes.array());
    }

    /** Fills the fields that a version has, nested ones too; the schema says which those are. */
    private record Filler(Random random, short version) {
        void fill(Object message) throws ReflectiveOperationException {
            var schemas = (Schema[]) message.getClass().getField("SCHEMAS").get(null);
            for (BoundField bound : schemas[version].fields()) {
                if (bound.def.type instanceof TaggedFields tags) {
                    for (var tagged : fieldsOf(tags)) fill(message, tagged);
                } else {
                    fill(message, bound.def);
                }
            }
        }

        /** Some stay as they are: a tagged field that has its default is not written. */
        private void fill(Object message, Field definition) throws ReflectiveOperationException {
            var field = javaField(message.getClass(), definition.name);
            boolean isNullable = definition.type.isNullable();
            boolean isValid = isNullable || field.get(message) != null;
            if (isValid && random.nextInt(8) == 0) return;
            boolean isNull = isNullable && random.nextInt(4) == 0;
            field.set(message, isNull ? null : value(field.getGenericType(), definition.type));
        }

        private Object value(java.lang.reflect.Type java, Type kafka)
                throws ReflectiveOperationException {
            if (kafka.isArray()) return elements(java, kafka.arrayElementType().orElseThrow());
            switch (kafka.toString()) {
                case "BOOLEAN": return random.nextBoolean();
                case "INT8": return (byte) integer(8);
                case "INT16": return (short) integer(16);
                case "UINT16": return (int) integer(16) & 0xffff;
                case "INT32": return (int) integer(32);
                case "UINT32": return integer(32) & 0xffffffffL;
                case "INT64": return int64();
                case "FLOAT64": return random.nextGaussian() * 1e9;
                case "UUID": return new Uuid(random.nextLong(), random.nextLong());
                default: break;
            }
            if (java == String.class) return string();
            if (java == byte[].class) return bytes();
            if (java == ByteBuffer.class) return ByteBuffer.wrap(bytes());
            if (kafka.toString().endsWith("RECORDS")) {
                byte[] batches = bytes();
                return new ByteBufferAccessor(ByteBuffer.wrap(batches)).readRecords(batches.length);
            }
            var struct = newInstance((Class<?>) java);
            fill(struct);
            return struct;
        }

        private Object elements(java.lang.reflect.Type java, Type kafka)
                throws ReflectiveOperationException {
            // List<X>, or a collection of Kafka's that extends ImplicitLinkedHashCollection<X>.
            boolean isList = java instanceof ParameterizedType;
            var generic = isList ? java : ((Class<?>) java).getGenericSuperclass();
            var element = ((ParameterizedType) generic).getActualTypeArguments()[0];
            Object collection = isList ? new ArrayList<>() : newInstance((Class<?>) java);
            @SuppressWarnings("unchecked")
            var result = (Collection<Object>) collection;
            for (int i = random.nextInt(MAX_ELEMENTS + 1); i > 0; i--) {
                result.add(value(element, kafka));
            }
            return result;
        }

        /** Small ones, the extremes, and everything in between. */
        private long integer(int bits) {
            long max = (1L << (bits - 1)) - 1;
            return switch (random.nextInt(4)) {
                case 0 -> random.nextInt(5) - 2;
                case 1 -> random.nextBoolean() ? max : -max - 1;
                default -> random.nextLong() >> (64 - bits);
            };
        }

        /** The extremes, and what a JavaScript number holds. */
        private long int64() {
            return switch (random.nextInt(6)) {
                case 0 -> Long.MAX_VALUE;
                case 1 -> Long.MIN_VALUE;
                case 2 -> random.nextBoolean() ? MAX_SAFE_INTEGER : -MAX_SAFE_INTEGER;
                case 3 -> random.nextInt(5) - 2;
                default -> random.nextLong() >> (11 + random.nextInt(50));
            };
        }

        private String string() {
            var text = new StringBuilder();
            for (int i = random.nextInt(MAX_BYTES); i > 0; i--) {
                // Of one to four bytes each in UTF-8.
                text.appendCodePoint(List.of(0x61, 0xe9, 0x20ac, 0x1f600).get(random.nextInt(4)));
            }
            return random.nextInt(20) == 0 ? text.toString().repeat(50) : text.toString();
        }

        private byte[] bytes() {
            var bytes = new byte[random.nextInt(20) == 0 ? 3000 : random.nextInt(MAX_BYTES)];
            random.nextBytes(bytes);
            return bytes;
        }
    }

    /** TaggedFields.fields() is newer than 3.9. */
    private static Collection<Field> fieldsOf(TaggedFields tags)
            throws ReflectiveOperationException {
        var fields = TaggedFields.class.getDeclaredField("fields");
        fields.setAccessible(true);
        @SuppressWarnings("unchecked")
        var byTag = (Map<Integer, Field>) fields.get(tags);
        return byTag.values();
    }

    /** Schemas have snake case. */
    private static java.lang.reflect.Field javaField(Class<?> type, String name)
            throws NoSuchFieldException {
        for (var field : type.getDeclaredFields()) {
            if (field.getName().equalsIgnoreCase(name.replace("_", ""))) {
                field.setAccessible(true);
                return field;
            }
        }
        throw new NoSuchFieldException(type + " has no " + name);
    }

    private static Object newInstance(Class<?> type) throws ReflectiveOperationException {
        var constructor = type.getDeclaredConstructor();
        constructor.setAccessible(true);
        return constructor.newInstance();
    }
}
