"""What the programs share."""

import os
import sys
import time

import zmq

context = zmq.Context()
arguments = sys.argv[2:]


def at(port):
    """The endpoint of this port of the Guide."""
    return f"tcp://127.0.0.1:{os.environ['GUIDE_PORTS']}{port % 100:02}"


def pause(seconds):
    time.sleep(seconds / float(os.environ["GUIDE_SPEED"]))


def say(text, end="\n"):
    print(text, end=end, flush=True)


def finish():
    """Ends behind what was sent."""
    context.destroy(linger=None)


def named(kind, name):
    socket = context.socket(kind)
    socket.routing_id = name.encode()
    return socket


def insist(router, message):
    """Sends to a peer as soon as it is there."""
    router.router_mandatory = True
    while True:
        try:
            return router.send_multipart(message)
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise
            time.sleep(0.001)
