/* Produce as fast as the broker takes it, or at a rate. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** What is handed to a partition before the next one has its turn. */
static const int turn_bytes = 65536;
static const char *const tuned[] = {
    "linger.ms", "5",
    "batch.size", "1000000",
    "batch.num.messages", "1000000",
    "queue.buffering.max.messages", "1000000",
    "queue.buffering.max.kbytes", "131072",
    "compression.type", "none",
    NULL,
};

struct producer {
    rd_kafka_t *client;
    rd_kafka_topic_t *topic;
    /** When its transaction began. */
    double begun_at;
};

static long long delivered_records;

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *record, void *opaque) {
    (void)client, (void)opaque;
    if (record->err) fail("a record was not written: %s", rd_kafka_err2str(record->err));
    delivered_records++;
}

static void set_acks(struct options *options) {
    static char acks[32];
    snprintf(acks, sizeof acks, "acks=%s", options->acks);
    options->settings[options->setting_count++] = acks;
}

/** Connects each with a record, so that the clock does not run while connections are made. */
static struct producer *connect_all(const struct options *options) {
    struct producer *producers = calloc((size_t)options->connections, sizeof *producers);
    for (int i = 0; i < options->connections; i++) {
        struct producer *producer = &producers[i];
        producer->client =
            options->transaction_ms > 0
                ? new_transactional_producer(options, tuned, i, on_delivery)
                : new_client(RD_KAFKA_PRODUCER, options, tuned, on_delivery);
        producer->topic = open_topic(producer->client, options);
        if (options->transaction_ms > 0) begin_transaction(producer->client);
        // With a key, which compacted topics insist on.
        rd_kafka_produce(producer->topic, i % options->partitions, 0, "", 0, "first", 5, NULL);
    }
    for (int i = 0; i < options->connections; i++)
        if (rd_kafka_flush(producers[i].client, 60000)) fail("a connection has no answer");
    delivered_records = 0;
    return producers;
}

static void fill(rd_kafka_message_t *records, int count, const struct options *options,
                 char *payload, long long first) {
    static unsigned long long key;
    static unsigned long long *keys;
    if (keys == NULL) keys = calloc((size_t)(options->keys ? options->keys : 1), sizeof *keys);
    memset(records, 0, (size_t)count * sizeof *records);
    for (int i = 0; i < count; i++) {
        records[i].payload = payload;
        records[i].len = (size_t)options->record_bytes;
        if (options->keys == 0) continue;
        key = (unsigned long long)(first + i) % (unsigned long long)options->keys;
        keys[key] = key;
        records[i].key = &keys[key];
        records[i].key_len = sizeof keys[key];
    }
}

static void commit_if_due(struct producer *producer, const struct options *options, double now) {
    if (options->transaction_ms == 0) return;
    if (now - producer->begun_at < options->transaction_ms / 1e3) return;
    commit_transaction(producer->client);
    begin_transaction(producer->client);
    producer->begun_at = now_seconds();
}

/** Waits for room when the client's queue is full. */
static void hand_over(struct producer *producer, int partition, rd_kafka_message_t *records,
                      int count) {
    while (count > 0) {
        const int taken = rd_kafka_produce_batch(producer->topic, partition, 0, records, count);
        records += taken;
        count -= taken;
        if (count > 0 && records->err != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            fail("a record was not taken: %s", rd_kafka_err2str(records->err));
        rd_kafka_poll(producer->client, count > 0 ? 5 : 0);
    }
}

int produce(const struct options *given) {
    struct options options = *given;
    set_acks(&options);
    char *payload = new_payload(options.record_bytes);
    struct producer *producers = connect_all(&options);
    const long long total = options.bytes / options.record_bytes;
    const int in_turn =
        options.record_bytes < turn_bytes ? turn_bytes / options.record_bytes : 1;
    rd_kafka_message_t *records = calloc((size_t)in_turn, sizeof *records);
    const double start = now_seconds(), start_cpu = cpu_seconds();
    for (int i = 0; i < options.connections; i++) producers[i].begun_at = start;
    long long produced = 0;
    for (long long turn = 0; produced < total; turn++) {
        struct producer *producer = &producers[turn % options.connections];
        const int partition = (int)((turn / options.connections + turn % options.connections) %
                                    options.partitions);
        const int count = total - produced < in_turn ? (int)(total - produced) : in_turn;
        fill(records, count, &options, payload, produced);
        hand_over(producer, partition, records, count);
        produced += count;
        commit_if_due(producer, &options, now_seconds());
        const double due = (double)produced * options.record_bytes / (options.rate * 1e6);
        while (options.rate > 0 && now_seconds() - start < due) rd_kafka_poll(producer->client, 1);
    }
    for (int i = 0; i < options.connections; i++) {
        while (rd_kafka_outq_len(producers[i].client) > 0) rd_kafka_poll(producers[i].client, 5);
        if (options.transaction_ms > 0) commit_transaction(producers[i].client);
    }
    const double seconds = now_seconds() - start;
    if (delivered_records != total) fail("%lld of %lld written", delivered_records, total);
    printf("{\"seconds\":%.4f,\"bytes\":%lld,\"MBps\":%.1f,\"clientCpuSeconds\":%.3f}\n", seconds,
           total * options.record_bytes, (double)(total * options.record_bytes) / 1e6 / seconds,
           cpu_seconds() - start_cpu);
    return 0;
}
