/* New connections of TLS one after the other, on several threads: each agrees on keys anew, asks
   for ApiVersions to be sure that the broker is at the other end, and closes.
 */
#include "load.h"

#include <netdb.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct work {
    pthread_t thread;
    SSL_CTX *context;
    const struct addrinfo *address;
    int connections;
    /** Seconds that each took. */
    double *seconds;
};

static SSL_CTX *new_context(const struct options *options) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (options->tls == NULL) fail("handshakes wants --tls");
    if (SSL_CTX_load_verify_locations(context, options->tls, NULL) != 1)
        fail("%s cannot be read", options->tls);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    // No session is taken up again.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    return context;
}

static void connect_once(const struct work *work) {
    const struct addrinfo *to = work->address;
    const int connection = socket(to->ai_family, to->ai_socktype, 0);
    if (connection < 0 || connect(connection, to->ai_addr, to->ai_addrlen)) fail("no connection");
    SSL *ssl = SSL_new(work->context);
    SSL_set_fd(ssl, connection);
    if (SSL_connect(ssl) != 1) fail("no handshake");
    unsigned char answer[4];
    if (SSL_write(ssl, api_versions, sizeof api_versions) != sizeof api_versions)
        fail("nothing was sent");
    if (SSL_read(ssl, answer, sizeof answer) != sizeof answer) fail("nothing was answered");
    SSL_free(ssl);
    close(connection);
}

static void *run(void *argument) {
    const struct work *work = argument;
    for (int i = 0; i < work->connections; i++) {
        const double start = now_seconds();
        connect_once(work);
        work->seconds[i] = now_seconds() - start;
    }
    return NULL;
}

int handshakes(const struct options *options) {
    SSL_CTX *context = new_context(options);
    const struct addrinfo *address = address_of(options->bootstrap);
    const int each = options->records / options->connections;
    const size_t all = (size_t)each * (size_t)options->connections;
    double *seconds = calloc(all, sizeof *seconds);
    struct work *works = calloc((size_t)options->connections, sizeof *works);
    const double start = now_seconds(), start_cpu = cpu_seconds();
    for (int i = 0; i < options->connections; i++) {
        works[i] = (struct work){.context = context, .address = address, .connections = each,
                                 .seconds = seconds + (size_t)i * (size_t)each};
        if (pthread_create(&works[i].thread, NULL, run, &works[i])) fail("no thread");
    }
    for (int i = 0; i < options->connections; i++) pthread_join(works[i].thread, NULL);
    const double total = now_seconds() - start;
    printf("{");
    print_percentiles("handshake", seconds, all);
    printf("\"handshakes\":%zu,\"handshakesPerSecond\":%.1f,\"clientCpuSeconds\":%.3f}\n", all,
           (double)all / total, cpu_seconds() - start_cpu);
    return 0;
}
