"""Listens on an exchange as a subscriber does, and prints each message as a line of JSON.

It prints the line "ready" once its queue is bound: what is published after that
is not missed. It exits with 0 after --count messages, and with 1 and a message
if fewer came in time.
"""

import argparse
import json
import sys
import time

import pika
import pika.exceptions


def arguments():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--amqp-url", required=True)
    args.add_argument(
        "--queue-bind",
        required=True,
        action="append",
        metavar="EXCHANGE:KEY",
        help="the exchange must exist; may be given more than once",
    )
    args.add_argument("--count", type=int, default=1, metavar="N")
    args.add_argument("--timeout", type=float, default=30, metavar="S", help="for all messages together")
    return args.parse_args()


def consume(args):
    deadline = time.monotonic() + args.timeout
    parameters = pika.URLParameters(args.amqp_url)
    parameters.socket_timeout = args.timeout
    parameters.stack_timeout = args.timeout
    connection = pika.BlockingConnection(parameters)
    channel = connection.channel()

    queue = channel.queue_declare("", exclusive=True).method.queue
    for bind in args.queue_bind:
        exchange, _, key = bind.partition(":")
        channel.queue_bind(queue, exchange, key)
    messages = []
    channel.basic_consume(queue, lambda *message: messages.append(message), auto_ack=True)
    print("ready", flush=True)

    printed = 0
    while True:
        while messages and printed < args.count:
            print(as_json(*messages.pop(0)[1:]), flush=True)
            printed += 1
        left = deadline - time.monotonic()
        if printed == args.count:
            break
        if left <= 0:
            sys.exit(f"{printed} of {args.count} messages within {args.timeout:g} s")
        connection.process_data_events(time_limit=left)
    connection.close()


def as_json(method, properties, body):
    return json.dumps(
        {
            "exchange": method.exchange,
            "routing_key": method.routing_key,
            "message_id": properties.message_id,
            "correlation_id": properties.correlation_id,
            "content_type": properties.content_type,
            "headers": properties.headers or {},
            "body": body.decode("utf-8"),
        },
        # AMQP headers know types that JSON lacks: timestamps, decimals, bytes.
        default=str,
    )


if __name__ == "__main__":
    try:
        consume(arguments())
    except (pika.exceptions.AMQPError, OSError, UnicodeDecodeError) as error:
        sys.exit(repr(error))
