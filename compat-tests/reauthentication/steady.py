"""Sends for so many seconds, and prints how many were acknowledged, or why one was not."""
import base64
import json
import sys
import time

from confluent_kafka import KafkaError, Producer

bootstrap, topic, seconds, mechanism = sys.argv[1:5]


def new_token(_):
    expires = time.time() + 60
    parts = [{'alg': 'none'}, {'sub': 'alice', 'iat': time.time() - 1, 'exp': expires}]
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts]
    return '.'.join(text.rstrip('=') for text in texts) + '.', expires


configs = {
    'bootstrap.servers': bootstrap,
    'security.protocol': 'SASL_PLAINTEXT',
    'sasl.mechanism': mechanism,
    'enable.idempotence': True,
    'log_level': 0,
}
if mechanism == 'OAUTHBEARER':
    configs['oauth_cb'] = new_token
else:
    configs |= {'sasl.username': 'alice', 'sasl.password': 'alice-secret'}
acknowledged = 0
failure = None


def failed(error):
    global failure
    if error.code() == KafkaError._AUTHENTICATION:
        failure = error


configs['error_cb'] = failed


def delivered(error, _):
    global acknowledged, failure
    if error is None:
        acknowledged += 1
    else:
        failure = error


producer = Producer(configs)
end = time.monotonic() + float(seconds)
while time.monotonic() < end and failure is None:
    producer.produce(topic, b'value', on_delivery=delivered)
    producer.poll(0.005)
left = producer.flush(0 if failure else 10)
if left > 0 and failure is None:
    failure = f'{left} records were never answered'
print(failure if failure is not None else acknowledged)
