/* Transactions: those of other commands, and many with one record each. */
#include "load.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int timeout_ms = 60000;
/** The first ones make connections and warm caches. */
static const int warm_up_transactions = 20;
static const char *const quick[] = {
    "linger.ms", "0", "socket.nagle.disable", "true", NULL,
};

static void expect_success(rd_kafka_error_t *error, const char *what) {
    if (error) fail("%s: %s", what, rd_kafka_error_string(error));
}

rd_kafka_t *new_transactional_producer(
    const struct options *given, const char *const *defaults, int number,
    void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *)) {
    struct options options = *given;
    char id[128];
    snprintf(id, sizeof id, "transactional.id=load-%s-%d", options.topic, number);
    options.settings[options.setting_count++] = id;
    rd_kafka_t *producer = new_client(RD_KAFKA_PRODUCER, &options, defaults, delivered);
    expect_success(rd_kafka_init_transactions(producer, timeout_ms), "no transactional id");
    return producer;
}

void begin_transaction(rd_kafka_t *producer) {
    expect_success(rd_kafka_begin_transaction(producer), "no transaction");
}

void commit_transaction(rd_kafka_t *producer) {
    expect_success(rd_kafka_commit_transaction(producer, timeout_ms), "not committed");
}

struct worker {
    pthread_t thread;
    rd_kafka_t *producer;
    rd_kafka_topic_t *topic;
    const struct options *options;
    char *payload;
    double *taken;
    int partition;
    int count;
};

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *record, void *opaque) {
    (void)client, (void)opaque;
    if (record->err) fail("a record was not written: %s", rd_kafka_err2str(record->err));
}

static void run_transaction(const struct worker *worker) {
    begin_transaction(worker->producer);
    rd_kafka_produce(worker->topic, worker->partition, 0, worker->payload,
                     (size_t)worker->options->record_bytes, NULL, 0, NULL);
    commit_transaction(worker->producer);
}

static void *work(void *given) {
    struct worker *worker = given;
    for (int i = 0; i < worker->count; i++) {
        const double begun_at = now_seconds();
        run_transaction(worker);
        worker->taken[i] = now_seconds() - begun_at;
    }
    return NULL;
}

/** One after the other, so that none waits for the threads of the others. */
static void prepare(struct worker *workers, const struct options *options, double *taken) {
    for (int i = 0; i < options->connections; i++) {
        struct worker *worker = &workers[i];
        worker->producer = new_transactional_producer(options, quick, i, on_delivery);
        worker->topic = open_topic(worker->producer, options);
        worker->options = options;
        worker->payload = new_payload(options->record_bytes);
        worker->partition = i % options->partitions;
        worker->count = options->records / options->connections;
        worker->taken = taken + (ptrdiff_t)i * worker->count;
        for (int j = 0; j < warm_up_transactions; j++) run_transaction(worker);
    }
}

int transactions(const struct options *given) {
    struct options options = *given;
    struct worker *workers = calloc((size_t)options.connections, sizeof *workers);
    double *taken = calloc((size_t)options.records, sizeof *taken);
    prepare(workers, &options, taken);
    const double start = now_seconds(), start_cpu = cpu_seconds();
    for (int i = 0; i < options.connections; i++)
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    for (int i = 0; i < options.connections; i++) pthread_join(workers[i].thread, NULL);
    const double seconds = now_seconds() - start;
    const int total = options.records / options.connections * options.connections;
    printf("{");
    print_percentiles("transaction", taken, (size_t)total);
    printf("\"records\":%d,\"transactionsPerSecond\":%.1f,\"seconds\":%.4f,"
           "\"clientCpuSeconds\":%.3f}\n",
           total, total / seconds, seconds, cpu_seconds() - start_cpu);
    return 0;
}
