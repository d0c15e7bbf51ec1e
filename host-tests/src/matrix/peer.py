"""A socket of libzmq that does what lines on standard input say, and answers each with a line: `ok ANSWER` or `error WHY`.

    open TYPE MECHANISM client|server ROUTING_ID PATIENCE_MS    bind ENDPOINT    connect ENDPOINT
    send HEX,HEX,...    recv WITHIN_MS

The keys of CURVE are in the environment; the user of PLAIN is `admin`, with the password `secret`.
"""

import os
import sys

import zmq
import zmq.auth
import zmq.auth.thread

context = zmq.Context()
judge = zmq.auth.thread.ThreadAuthenticator(context)
judge.start()
judge.configure_plain(domain="*", passwords={"admin": "secret"})
judge.configure_curve(domain="*", location=zmq.auth.CURVE_ALLOW_ANY)
socket = None


def open_socket(kind, mechanism, role, routing_id, patience):
    global socket
    if socket is not None:
        socket.close()
    socket = context.socket(getattr(zmq, kind))
    socket.linger = 0
    socket.rcvtimeo = socket.sndtimeo = int(patience)
    if kind == "ROUTER":
        socket.routing_id = routing_id.encode()
        socket.router_mandatory = True
    secure(mechanism, role == "server", os.environ)
    if kind == "SUB":
        socket.subscribe(b"")
    if kind == "XSUB":
        socket.send(b"\x01")


def secure(mechanism, server, keys):
    side = "SERVER" if server else "CLIENT"
    if mechanism == "PLAIN" and server:
        socket.plain_server = True
    elif mechanism == "PLAIN":
        socket.plain_username, socket.plain_password = b"admin", b"secret"
    elif mechanism == "CURVE":
        socket.curve_secretkey = keys[side + "_SECRET"].encode()
        socket.curve_publickey = keys[side + "_PUBLIC"].encode()
        if server:
            socket.curve_server = True
        else:
            socket.curve_serverkey = keys["SERVER_PUBLIC"].encode()


def bind(endpoint):
    socket.bind(endpoint)
    return socket.last_endpoint.decode().rstrip("\0")


def recv(within):
    if not socket.poll(int(within)):
        return "none"
    return ",".join(part.hex() for part in socket.recv_multipart())


ORDERS = {
    "open": lambda words: open_socket(*words.split(" ")),
    "bind": bind,
    "connect": lambda endpoint: socket.connect(endpoint) and None,
    "send": lambda parts: socket.send_multipart([bytes.fromhex(part) for part in parts.split(",")]),
    "recv": recv,
}

for line in sys.stdin:
    order, _, rest = line.rstrip("\n").partition(" ")
    try:
        print("ok", ORDERS[order](rest) or "", flush=True)
    except zmq.ZMQError as error:
        print("error", error, flush=True)
