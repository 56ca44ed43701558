/* A load generator on librdkafka: what a normal, tuned client does, and little else. */
#ifndef LOAD_H
#define LOAD_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>

#define MAX_SETTINGS 16

/** The command line; sizes in bytes, rates in megabytes (10^6 bytes) each second. */
struct options {
    const char *bootstrap;
    const char *topic;
    const char *acks;
    /** The file with the authority that the broker's certificate is from; NULL: plain text. */
    const char *tls;
    long long bytes;
    double rate;
    int record_bytes;
    int records;
    int partitions;
    int connections;
    int topics;
    /** Of the records: this many different ones, in turns; 0 for none. */
    int keys;
    int interval_ms;
    /** Of produce: so often it commits a transaction; 0 for none. */
    int transaction_ms;
    /** `name=value`, of the client or of the topic. */
    const char *settings[MAX_SETTINGS];
    int setting_count;
};

int produce(const struct options *options);
int consume(const struct options *options);
int latency(const struct options *options);
int transactions(const struct options *options);
int connections(const struct options *options);
int handshakes(const struct options *options);
int create_topics(const struct options *options);
int delete_topics(const struct options *options);

/** Ends the program with a message. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

double now_seconds(void);
/** User and system time of this process so far. */
double cpu_seconds(void);
/** Sorts. */
void sort_ascending(double *values, size_t count);
/** `"nameP50Ms":1.5,"nameP99Ms":2.5,"nameMaxMs":3.5,` of seconds, which it sorts. */
void print_percentiles(const char *name, double *values, size_t count);
/** Of sorted values; `share` from 0 to 1. */
double percentile(const double *sorted, size_t count, double share);

/** `defaults` are name, value, name, value, ..., NULL; the options' settings come after them. */
rd_kafka_t *new_client(rd_kafka_type_t type, const struct options *options,
                       const char *const *defaults,
                       void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *));
/** A handle of the topic, when all its partitions are known and have a leader. */
rd_kafka_topic_t *open_topic(rd_kafka_t *client, const struct options *options);
/** A producer that has its transactional id, and nobody before it any more; in no transaction. */
rd_kafka_t *new_transactional_producer(
    const struct options *options, const char *const *defaults, int number,
    void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *));
void begin_transaction(rd_kafka_t *producer);
/** Waits for what is in it. */
void commit_transaction(rd_kafka_t *producer);

/** ApiVersions v0, correlation id 1, client id "load". */
extern const unsigned char api_versions[18];
/** Of 'host:port'. */
struct addrinfo *address_of(const char *bootstrap);

/** So many bytes that no codec would help with. The caller keeps them for ever. */
char *new_payload(int bytes);

#endif
