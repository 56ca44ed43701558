"""librdkafka: see client.ts for the cases that it takes and what it says of them."""

import time

from cases import answer_all
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

TIMEOUT_S = 3


def settings(case):
    conf = {
        "bootstrap.servers": case["bootstrap"],
        "security.protocol": case["protocol"],
        "log_level": 0,
    }
    if "authority" in case:
        conf["ssl.ca.location"] = case["authority"]
    if "identity" in case:
        conf["ssl.certificate.location"] = case["identity"]
        conf["ssl.key.location"] = case["identity"]
    if "mechanism" in case:
        conf["sasl.mechanisms"] = case["mechanism"]
        if case["mechanism"] == "OAUTHBEARER":
            # The broker is to say whether the token has expired, and not the client.
            conf["oauth_cb"] = lambda _: (case["token"], time.time() + 3600)
        else:
            conf["sasl.username"] = case["username"]
            conf["sasl.password"] = case["password"]
    return conf


def attempt(case):
    errors = []
    conf = settings(case) | {"error_cb": errors.append}
    producer = Producer(conf)
    delivered = []
    producer.produce(case["topic"], case["name"], on_delivery=lambda e, m: delivered.append((e, m)))
    end = time.monotonic() + TIMEOUT_S
    while not delivered and not is_fatal(errors) and time.monotonic() < end:
        producer.poll(0.02)
    if not delivered:
        producer.purge()
        return text(errors)
    error, message = delivered[0]
    if error is not None:
        return error.str()
    return read(conf, message, case["name"])


def read(conf, message, value):
    consumer = Consumer(conf | {"group.id": "none", "enable.auto.commit": False})
    try:
        consumer.assign([TopicPartition(message.topic(), message.partition(), message.offset())])
        found = consumer.poll(TIMEOUT_S)
        if found is None or found.error() is not None or found.value().decode() != value:
            return f"read {found and (found.error() or found.value())}"
        return None
    finally:
        consumer.close()


def is_fatal(errors):
    fatal = (KafkaError._AUTHENTICATION, KafkaError._SSL)
    return any(error.code() in fatal for error in errors)


def text(errors):
    return errors[0].str() if errors else "no answer"


def explained(case):
    try:
        return attempt(case)
    except KafkaException as failure:
        return failure.args[0].str()


answer_all(explained)
