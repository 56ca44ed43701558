/* Consume all partitions from the beginning, as fast as they come. */
#include "load.h"

#include <stdio.h>

static const int timeout_ms = 60000;
/** The client never waits for room, or it would measure its own pauses (queued.min.messages). */
static const char *const tuned[] = {
    "queued.min.messages", "10000000",
    "queued.max.messages.kbytes", "262144",
    "fetch.message.max.bytes", "1048576",
    "fetch.wait.max.ms", "100",
    NULL,
};

static long long consumed_bytes;

static void on_record(rd_kafka_message_t *record, void *opaque) {
    (void)opaque;
    if (record->err) fail("consuming: %s", rd_kafka_message_errstr(record));
    consumed_bytes += (long long)record->len;
}

int consume(const struct options *options) {
    rd_kafka_t *client = new_client(RD_KAFKA_CONSUMER, options, tuned, NULL);
    rd_kafka_topic_t *topic = open_topic(client, options);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    const double start = now_seconds(), start_cpu = cpu_seconds();
    for (int i = 0; i < options->partitions; i++)
        if (rd_kafka_consume_start_queue(topic, i, RD_KAFKA_OFFSET_BEGINNING, queue))
            fail("consuming: %s", rd_kafka_err2str(rd_kafka_last_error()));
    while (consumed_bytes < options->bytes)
        if (rd_kafka_consume_callback_queue(queue, timeout_ms, on_record, NULL) <= 0)
            fail("nothing came after %lld of %lld bytes", consumed_bytes, options->bytes);
    const double seconds = now_seconds() - start;
    printf("{\"seconds\":%.4f,\"bytes\":%lld,\"MBps\":%.1f,\"clientCpuSeconds\":%.3f}\n", seconds,
           consumed_bytes, (double)consumed_bytes / 1e6 / seconds, cpu_seconds() - start_cpu);
    return 0;
}
