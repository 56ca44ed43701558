/* One record at a time: when it is acknowledged, and when a consumer that waits for it has it. */
#include "load.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int timeout_ms = 30000;
/** The first ones make connections and warm caches. */
static const int warm_up_records = 200;
static const char *const quick_producer[] = {
    "linger.ms", "0", "socket.nagle.disable", "true", NULL,
};
static const char *const quick_consumer[] = {
    "fetch.wait.max.ms", "500", "fetch.min.bytes", "1", "socket.nagle.disable", "true", NULL,
};

struct consumer {
    rd_kafka_queue_t *queue;
    pthread_mutex_t mutex;
    pthread_cond_t arrival;
    /** Of the last record that has come; -1 before the first one. */
    int64_t offset;
    double received_at;
};

static double acknowledged_at;
static int64_t acknowledged_offset;

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *record, void *opaque) {
    (void)client, (void)opaque;
    if (record->err) fail("a record was not written: %s", rd_kafka_err2str(record->err));
    acknowledged_at = now_seconds();
    acknowledged_offset = record->offset;
}

static void *receive(void *given) {
    struct consumer *consumer = given;
    for (;;) {
        rd_kafka_message_t *record = rd_kafka_consume_queue(consumer->queue, timeout_ms);
        const double now = now_seconds();
        if (record == NULL) continue;
        if (record->err) fail("consuming: %s", rd_kafka_message_errstr(record));
        pthread_mutex_lock(&consumer->mutex);
        consumer->offset = record->offset;
        consumer->received_at = now;
        pthread_cond_signal(&consumer->arrival);
        pthread_mutex_unlock(&consumer->mutex);
        rd_kafka_message_destroy(record);
    }
    return NULL;
}

static void start_consumer(struct consumer *consumer, const struct options *options) {
    rd_kafka_t *client = new_client(RD_KAFKA_CONSUMER, options, quick_consumer, NULL);
    rd_kafka_topic_t *topic = open_topic(client, options);
    consumer->queue = rd_kafka_queue_new(client);
    pthread_mutex_init(&consumer->mutex, NULL);
    pthread_cond_init(&consumer->arrival, NULL);
    rd_kafka_consume_start_queue(topic, 0, RD_KAFKA_OFFSET_END, consumer->queue);
    pthread_t thread;
    pthread_create(&thread, NULL, receive, consumer);
}

static double wait_for_arrival(struct consumer *consumer, int64_t offset) {
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += timeout_ms / 1000;
    pthread_mutex_lock(&consumer->mutex);
    while (consumer->offset < offset)
        if (pthread_cond_timedwait(&consumer->arrival, &consumer->mutex, &deadline))
            fail("record %lld was not consumed", (long long)offset);
    const double at = consumer->received_at;
    pthread_mutex_unlock(&consumer->mutex);
    return at;
}

/** The end of the topic is known only after the consumer has asked: records until one comes. */
static void find_end(rd_kafka_t *client, rd_kafka_topic_t *topic, struct consumer *consumer) {
    const double deadline = now_seconds() + timeout_ms / 1e3;
    bool found = false;
    while (!found) {
        if (now_seconds() > deadline) fail("the consumer gets nothing");
        rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, "", 0, NULL, 0, NULL);
        rd_kafka_flush(client, timeout_ms);
        rd_kafka_poll(client, 100);
        pthread_mutex_lock(&consumer->mutex);
        found = consumer->offset >= 0;
        pthread_mutex_unlock(&consumer->mutex);
    }
}

int latency(const struct options *given) {
    struct options options = *given;
    char acks[32];
    // Not on the stack: its thread goes on until the process ends.
    static struct consumer consumer = {.offset = -1};
    start_consumer(&consumer, &options);
    snprintf(acks, sizeof acks, "acks=%s", options.acks);
    options.settings[options.setting_count++] = acks;
    rd_kafka_t *client = new_client(RD_KAFKA_PRODUCER, &options, quick_producer, on_delivery);
    rd_kafka_topic_t *topic = open_topic(client, &options);
    find_end(client, topic, &consumer);
    char *payload = new_payload(options.record_bytes);
    double *acks_taken = calloc((size_t)options.records, sizeof *acks_taken);
    double *arrivals = calloc((size_t)options.records, sizeof *arrivals);
    const double start = now_seconds(), start_cpu = cpu_seconds();
    for (int i = -warm_up_records; i < options.records; i++) {
        const double sent_at = now_seconds();
        acknowledged_at = 0;
        rd_kafka_produce(topic, 0, 0, payload, (size_t)options.record_bytes, NULL, 0, NULL);
        while (acknowledged_at == 0) rd_kafka_poll(client, timeout_ms);
        const double arrived_at = wait_for_arrival(&consumer, acknowledged_offset);
        if (i >= 0) {
            acks_taken[i] = acknowledged_at - sent_at;
            arrivals[i] = arrived_at - sent_at;
        }
        if (options.interval_ms > 0) rd_kafka_poll(client, options.interval_ms);
    }
    printf("{");
    print_percentiles("ack", acks_taken, (size_t)options.records);
    print_percentiles("endToEnd", arrivals, (size_t)options.records);
    printf("\"records\":%d,\"seconds\":%.4f,\"clientCpuSeconds\":%.3f}\n", options.records,
           now_seconds() - start, cpu_seconds() - start_cpu);
    return 0;
}
