/* Many connections, more than one client library would want threads for: plain sockets that speak
   ApiVersions, once to be sure of the broker and then in turns as often as asked, until stdin ends.
 */
#include "load.h"

#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void allow_many_files(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void read_fully(int connection, unsigned char *into, size_t bytes) {
    for (size_t got = 0; got < bytes;) {
        const ssize_t more = read(connection, into + got, bytes - got);
        if (more <= 0) fail("the broker closed a connection");
        got += (size_t)more;
    }
}

static void ask(int connection) {
    unsigned char reply[65536];
    if (write(connection, api_versions, sizeof api_versions) != sizeof api_versions) fail("could not write");
    read_fully(connection, reply, 4);
    const uint32_t size = (uint32_t)reply[0] << 24 | (uint32_t)reply[1] << 16 |
                          (uint32_t)reply[2] << 8 | reply[3];
    if (size > sizeof reply) fail("a reply of %u bytes", size);
    read_fully(connection, reply, size);
}

int connections(const struct options *options) {
    allow_many_files();
    struct addrinfo *address = address_of(options->bootstrap);
    int *open = calloc((size_t)options->connections, sizeof *open);
    const double start = now_seconds();
    for (int i = 0; i < options->connections; i++) {
        open[i] = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
        if (open[i] < 0) fail("connection %d: too many open files (ulimit -n)", i + 1);
        if (connect(open[i], address->ai_addr, address->ai_addrlen))
            fail("connection %d was refused", i + 1);
        ask(open[i]);
    }
    printf("{\"connections\":%d,\"seconds\":%.4f}\n", options->connections, now_seconds() - start);
    fflush(stdout);
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char ignored[64];
    for (int turn = 0;; turn++) {
        const int wait_ms = options->interval_ms > 0 ? options->interval_ms : -1;
        if (poll(&input, 1, wait_ms) > 0 && read(STDIN_FILENO, ignored, sizeof ignored) <= 0)
            return 0;
        if (options->interval_ms > 0) ask(open[turn % options->connections]);
    }
}
