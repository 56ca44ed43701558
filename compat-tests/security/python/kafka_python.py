"""kafka-python: see client.ts for the cases that it takes and what it says of them."""

import logging
import ssl

from cases import answer_all
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from kafka.net.sasl.oauth import AbstractTokenProvider

TIMEOUT_MS = 3000

logging.disable(logging.CRITICAL)


class Token(AbstractTokenProvider):
    def __init__(self, token):
        super().__init__()
        self._token = token

    def token(self):
        return self._token


def settings(case):
    conf = {
        "bootstrap_servers": case["bootstrap"],
        "security_protocol": case["protocol"],
        "request_timeout_ms": TIMEOUT_MS,
        # It tries again and again until then, also after it was refused.
        "bootstrap_timeout_ms": TIMEOUT_MS,
    }
    if "authority" in case:
        context = ssl.create_default_context(cafile=case["authority"])
        if "identity" in case:
            context.load_cert_chain(case["identity"])
        conf["ssl_context"] = context
    if "mechanism" in case:
        conf["sasl_mechanism"] = case["mechanism"]
        if case["mechanism"] == "OAUTHBEARER":
            conf["sasl_oauth_token_provider"] = Token(case["token"])
        else:
            conf["sasl_plain_username"] = case["username"]
            conf["sasl_plain_password"] = case["password"]
    return conf


def attempt(case):
    conf = settings(case)
    producer = KafkaProducer(**conf, max_block_ms=TIMEOUT_MS, retries=0)
    try:
        sent = producer.send(case["topic"], case["name"].encode())
        record = sent.get(TIMEOUT_MS / 1000)
    finally:
        producer.close(0)
    consumer = KafkaConsumer(**conf, consumer_timeout_ms=TIMEOUT_MS)
    try:
        partition = TopicPartition(record.topic, record.partition)
        consumer.assign([partition])
        consumer.seek(partition, record.offset)
        value = next(consumer).value.decode()
        return None if value == case["name"] else f"read {value}"
    finally:
        consumer.close()


def explained(case):
    try:
        return attempt(case)
    except (KafkaError, StopIteration) as failure:
        return f"{type(failure).__name__}: {failure}"


answer_all(explained)
