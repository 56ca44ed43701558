/* What all commands share: clients, clocks, figures. */
#include "load.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const int metadata_timeout_ms = 30000;

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "load: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    exit(1);
}

double now_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double in_seconds(struct timeval time) {
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return in_seconds(usage.ru_utime) + in_seconds(usage.ru_stime);
}

static int compare(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

void sort_ascending(double *values, size_t count) { qsort(values, count, sizeof *values, compare); }

double percentile(const double *sorted, size_t count, double share) {
    const size_t index = (size_t)(share * (double)count);
    return sorted[index < count ? index : count - 1];
}

void print_percentiles(const char *name, double *values, size_t count) {
    sort_ascending(values, count);
    printf("\"%sP50Ms\":%.4f,\"%sP99Ms\":%.4f,\"%sMaxMs\":%.4f,", name,
           percentile(values, count, 0.5) * 1e3, name, percentile(values, count, 0.99) * 1e3, name,
           values[count - 1] * 1e3);
}

const unsigned char api_versions[18] = {
    0, 0, 0, 14, 0, 18, 0, 0, 0, 0, 0, 1, 0, 4, 'l', 'o', 'a', 'd',
};

struct addrinfo *address_of(const char *bootstrap) {
    char *host = strdup(bootstrap);
    char *port = strrchr(host, ':');
    if (port == NULL) fail("--bootstrap wants host:port");
    *port = '\0';
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    const int error = getaddrinfo(host, port + 1, &hints, &found);
    if (error) fail("%s: %s", bootstrap, gai_strerror(error));
    return found;
}

char *new_payload(int bytes) {
    char *payload = malloc((size_t)bytes);
    uint32_t state = 1;
    for (int i = 0; i < bytes; i++) {
        state = state * 1664525u + 1013904223u;
        payload[i] = (char)(state >> 24);
    }
    return payload;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char error[256];
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK)
        fail("%s=%s: %s", name, value, error);
}

static void on_error(rd_kafka_t *client, int code, const char *reason, void *opaque) {
    (void)client, (void)code, (void)opaque;
    fprintf(stderr, "load: %s\n", reason);
}

rd_kafka_t *new_client(rd_kafka_type_t type, const struct options *options,
                       const char *const *defaults,
                       void (*delivered)(rd_kafka_t *, const rd_kafka_message_t *, void *)) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", options->bootstrap);
    if (options->tls) {
        set(conf, "security.protocol", "ssl");
        set(conf, "ssl.ca.location", options->tls);
    }
    for (; *defaults; defaults += 2) set(conf, defaults[0], defaults[1]);
    for (int i = 0; i < options->setting_count; i++) {
        char *name = strdup(options->settings[i]);
        char *value = strchr(name, '=');
        if (value == NULL) fail("--set wants name=value, not '%s'", name);
        *value = '\0';
        set(conf, name, value + 1);
        free(name);
    }
    rd_kafka_conf_set_error_cb(conf, on_error);
    if (delivered) rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    char error[256];
    rd_kafka_t *client = rd_kafka_new(type, conf, error, sizeof error);
    if (client == NULL) fail("%s", error);
    return client;
}

/** Partitions that have a leader. */
static int led_partitions(rd_kafka_t *client, rd_kafka_topic_t *topic) {
    const struct rd_kafka_metadata *metadata;
    const rd_kafka_resp_err_t error =
        rd_kafka_metadata(client, 0, topic, &metadata, metadata_timeout_ms);
    if (error) fail("no metadata: %s", rd_kafka_err2str(error));
    int led = 0;
    for (int i = 0; metadata->topic_cnt == 1 && i < metadata->topics[0].partition_cnt; i++)
        led += metadata->topics[0].partitions[i].leader >= 0;
    rd_kafka_metadata_destroy(metadata);
    return led;
}

rd_kafka_topic_t *open_topic(rd_kafka_t *client, const struct options *options) {
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client, options->topic, NULL);
    const double deadline = now_seconds() + metadata_timeout_ms / 1e3;
    while (led_partitions(client, topic) < options->partitions) {
        if (now_seconds() > deadline)
            fail("%s has no %d partitions with leaders", options->topic, options->partitions);
        rd_kafka_poll(client, 10);
    }
    return topic;
}
