"""Publishes one message as an integration engine does, and can wait for the reply.

The tests use this client because it shares no code with the service: what it
cannot read, a real engine could not read either.

With --reply it prints the reply as one JSON object; without, nothing. It exits
with 1 and a message if the broker did not take the message, if no queue is
bound for it, or if no reply came in time.
"""

import argparse
import json
import sys
import time
import uuid

import pika
import pika.exceptions


def arguments():
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("--amqp-url", required=True)
    args.add_argument("--exchange", default="", help="'' is the default exchange: the routing key names a queue")
    args.add_argument("--routing-key", required=True)
    args.add_argument("--content-type")
    args.add_argument("--message-id")
    args.add_argument("--correlation-id", help="with --reply and without this, a new UUID")
    args.add_argument("--traceparent", help="W3C trace context, sent as a header")
    args.add_argument("--body", required=True, metavar="FILE", help="sent byte for byte")
    args.add_argument("--timeout", type=float, default=30, metavar="S", help="for everything together")
    args.add_argument("--reply", action="store_true", help="wait for one reply and print it")
    return args.parse_args()


def publish(args):
    deadline = time.monotonic() + args.timeout
    with open(args.body, "rb") as file:
        body = file.read()

    connection = connect(args)
    channel = connection.channel()
    channel.confirm_delivery()

    replies = []
    reply_to, correlation_id = None, args.correlation_id
    if args.reply:
        reply_to = channel.queue_declare("", exclusive=True).method.queue
        correlation_id = correlation_id or str(uuid.uuid4())
        channel.basic_consume(reply_to, lambda *reply: replies.append(reply), auto_ack=True)

    channel.basic_publish(
        args.exchange,
        args.routing_key,
        body,
        pika.BasicProperties(
            content_type=args.content_type,
            message_id=args.message_id,
            correlation_id=correlation_id,
            reply_to=reply_to,
            headers={"traceparent": args.traceparent} if args.traceparent else None,
            delivery_mode=pika.DeliveryMode.Persistent,
        ),
        mandatory=True,
    )

    while args.reply and not replies:
        left = deadline - time.monotonic()
        if left <= 0:
            sys.exit(f"no reply within {args.timeout:g} s")
        connection.process_data_events(time_limit=left)
    # Printed before closing: a broker that goes away now has still replied.
    if args.reply:
        _, _, properties, reply_body = replies[0]
        print(as_json(properties, reply_body), flush=True)
    connection.close()


def connect(args):
    parameters = pika.URLParameters(args.amqp_url)
    parameters.socket_timeout = args.timeout
    parameters.stack_timeout = args.timeout
    # A broker short of memory or disk blocks publishers instead of answering.
    parameters.blocked_connection_timeout = args.timeout
    return pika.BlockingConnection(parameters)


def as_json(properties, body):
    return json.dumps(
        {
            # As received. Whether it is the id we sent is for the test to say.
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
        publish(arguments())
    except pika.exceptions.UnroutableError:
        sys.exit("the broker returned the message: no queue is bound for it")
    except pika.exceptions.NackError:
        sys.exit("the broker refused the message")
    except (pika.exceptions.AMQPError, OSError, UnicodeDecodeError) as error:
        sys.exit(repr(error))
