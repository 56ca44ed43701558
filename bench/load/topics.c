/* Creates and deletes topics: one, or so many with a number behind the name. */
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int timeout_ms = 120000;
/** In one request. */
static const int max_in_request = 100;
static const char *const no_settings[] = {NULL};

static void name_of(char *name, size_t size, const struct options *options, int index) {
    if (options->topics == 1) snprintf(name, size, "%s", options->topic);
    else snprintf(name, size, "%s-%d", options->topic, index);
}

static rd_kafka_NewTopic_t *new_topic(const char *name, const struct options *options) {
    char error[256];
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(name, options->partitions, 1, error, sizeof error);
    if (topic == NULL) fail("%s", error);
    for (int i = 0; i < options->setting_count; i++) {
        char *config = strdup(options->settings[i]);
        char *value = strchr(config, '=');
        if (value == NULL) fail("--set wants name=value, not '%s'", config);
        *value = '\0';
        rd_kafka_NewTopic_set_config(topic, config, value + 1);
        free(config);
    }
    return topic;
}

static void check(const rd_kafka_topic_result_t **results, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (rd_kafka_topic_result_error(results[i]))
            fail("%s: %s", rd_kafka_topic_result_name(results[i]),
                 rd_kafka_err2str(rd_kafka_topic_result_error(results[i])));
}

static rd_kafka_event_t *answer(rd_kafka_queue_t *queue) {
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms);
    if (event == NULL) fail("no answer");
    if (rd_kafka_event_error(event)) fail("%s", rd_kafka_event_error_string(event));
    return event;
}

static rd_kafka_t *admin(const struct options *options) {
    struct options plain = *options;
    // Those of a topic are none of the client's.
    plain.setting_count = 0;
    return new_client(RD_KAFKA_PRODUCER, &plain, no_settings, NULL);
}

int create_topics(const struct options *options) {
    rd_kafka_t *client = admin(options);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_AdminOptions_t *patience =
        rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_AdminOptions_set_request_timeout(patience, timeout_ms, NULL, 0);
    const double start = now_seconds();
    for (int done = 0; done < options->topics;) {
        rd_kafka_NewTopic_t *topics[max_in_request];
        char name[256];
        size_t count = 0;
        for (; count < (size_t)max_in_request && done < options->topics; done++) {
            name_of(name, sizeof name, options, done);
            topics[count++] = new_topic(name, options);
        }
        rd_kafka_CreateTopics(client, topics, count, patience, queue);
        rd_kafka_event_t *event = answer(queue);
        size_t results;
        const rd_kafka_topic_result_t **created = rd_kafka_CreateTopics_result_topics(
            rd_kafka_event_CreateTopics_result(event), &results);
        check(created, results);
        rd_kafka_event_destroy(event);
        rd_kafka_NewTopic_destroy_array(topics, count);
    }
    printf("{\"topics\":%d,\"seconds\":%.4f}\n", options->topics, now_seconds() - start);
    return 0;
}

int delete_topics(const struct options *options) {
    rd_kafka_t *client = admin(options);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    const double start = now_seconds();
    for (int done = 0; done < options->topics;) {
        rd_kafka_DeleteTopic_t *topics[max_in_request];
        char name[256];
        size_t count = 0;
        for (; count < (size_t)max_in_request && done < options->topics; done++) {
            name_of(name, sizeof name, options, done);
            topics[count++] = rd_kafka_DeleteTopic_new(name);
        }
        rd_kafka_DeleteTopics(client, topics, count, NULL, queue);
        rd_kafka_event_t *event = answer(queue);
        size_t results;
        const rd_kafka_topic_result_t **deleted = rd_kafka_DeleteTopics_result_topics(
            rd_kafka_event_DeleteTopics_result(event), &results);
        check(deleted, results);
        rd_kafka_event_destroy(event);
        rd_kafka_DeleteTopic_destroy_array(topics, count);
    }
    printf("{\"topics\":%d,\"seconds\":%.4f}\n", options->topics, now_seconds() - start);
    return 0;
}
