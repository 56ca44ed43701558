/* The command line: one command, options behind it, one line of JSON as the answer. */
#include "load.h"

#include <getopt.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    int (*run)(const struct options *);
} commands[] = {
    {"produce", produce},         {"consume", consume},      {"latency", latency},
    {"transactions", transactions}, {"connections", connections}, {"handshakes", handshakes},
    {"create", create_topics},     {"delete", delete_topics},
};

static const char usage[] =
    "load produce|consume|latency|transactions|connections|handshakes|create|delete\n"
    "  --bootstrap host:port [options]\n"
    "  --topic NAME        bench\n"
    "  --partitions N      1; of the topic, all are used\n"
    "  --bytes N           1000000000; of values, to produce or to consume\n"
    "  --record-bytes N    1000\n"
    "  --acks all|1|0      all\n"
    "  --connections N     1; producers with a connection each, plain connections, or threads\n"
    "  --rate MBPS         0, which is as fast as it goes; MB are 10^6 bytes\n"
    "  --keys N            0; different keys of the records\n"
    "  --records N         5000; of latency or transactions, one at a time; handshakes\n"
    "  --transaction-ms N  0; what is produced is in transactions, committed so often\n"
    "  --interval-ms N     0; between records of latency, or between requests of connections\n"
    "  --topics N          1; to create or to delete, with NAME-0, NAME-1, ... if there are more\n"
    "  --tls FILE          speak TLS, to who has a certificate of this authority (PEM)\n"
    "  --set name=value    of the client (librdkafka's name), or of the topic that is created\n";

static const struct option names[] = {
    {"bootstrap", required_argument, NULL, 'b'},   {"topic", required_argument, NULL, 't'},
    {"partitions", required_argument, NULL, 'p'},  {"bytes", required_argument, NULL, 'n'},
    {"record-bytes", required_argument, NULL, 'r'}, {"acks", required_argument, NULL, 'a'},
    {"connections", required_argument, NULL, 'c'}, {"rate", required_argument, NULL, 'm'},
    {"keys", required_argument, NULL, 'k'},        {"records", required_argument, NULL, 'l'},
    {"transaction-ms", required_argument, NULL, 'x'},
    {"interval-ms", required_argument, NULL, 'i'}, {"topics", required_argument, NULL, 'T'},
    {"tls", required_argument, NULL, 'S'},
    {"set", required_argument, NULL, 's'},         {NULL, 0, NULL, 0},
};

static long long at_least(long long least, const char *value) {
    char *end;
    const long long number = strtoll(value, &end, 10);
    if (*end != '\0' || number < least) fail("'%s' is no number from %lld on", value, least);
    return number;
}

static void parse(struct options *options, int option, const char *value) {
    switch (option) {
    case 'b': options->bootstrap = value; break;
    case 't': options->topic = value; break;
    case 'p': options->partitions = (int)at_least(1, value); break;
    case 'n': options->bytes = at_least(0, value); break;
    case 'r': options->record_bytes = (int)at_least(1, value); break;
    case 'a': options->acks = value; break;
    case 'c': options->connections = (int)at_least(1, value); break;
    case 'm': options->rate = strtod(value, NULL); break;
    case 'k': options->keys = (int)at_least(0, value); break;
    case 'l': options->records = (int)at_least(1, value); break;
    case 'i': options->interval_ms = (int)at_least(0, value); break;
    case 'x': options->transaction_ms = (int)at_least(0, value); break;
    case 'T': options->topics = (int)at_least(1, value); break;
    case 'S': options->tls = value; break;
    case 's':
        // Two are left for what commands add.
        if (options->setting_count >= MAX_SETTINGS - 2) fail("too many --set");
        options->settings[options->setting_count++] = value;
        break;
    default: fputs(usage, stderr); exit(2);
    }
}

int main(int count, char **arguments) {
    struct options options = {
        .topic = "bench", .acks = "all", .bytes = 1000000000, .record_bytes = 1000,
        .records = 5000, .partitions = 1, .connections = 1, .topics = 1,
    };
    for (int option; (option = getopt_long(count, arguments, "", names, NULL)) != -1;)
        parse(&options, option, optarg);
    if (optind != count - 1 || options.bootstrap == NULL) parse(&options, '?', NULL);
    // Buffers of megabytes come and go: from the kernel each time, each page would be touched anew.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, arguments[optind])) continue;
        const int status = commands[i].run(&options);
        fflush(stdout);
        // What the clients hold is not freed piece by piece.
        _exit(status);
    }
    parse(&options, '?', NULL);
}
