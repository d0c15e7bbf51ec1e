"""A peer that is libzmq, with NULL, PLAIN or CURVE: `peer.py PLAY MECHANISM [PORT]`, keys and names in the environment,
and the LARGEST frame that the other side takes.

Servers print the port that they are bound to. What a play heard, it prints as lines that the test reads.
"""

import os
import sys
import tempfile

import zmq
import zmq.auth.thread
import zmq.utils.monitor

play, mechanism, port = sys.argv[1], sys.argv[2], (sys.argv[3] if len(sys.argv) > 3 else None)
context = zmq.Context()
KINDS = {
    "echo": zmq.REP,
    "ask": zmq.DEALER,
    "publish": zmq.XPUB,
    "subscribe": zmq.SUB,
    "refuse": zmq.REP,
    "refused": zmq.DEALER,
    "request": zmq.REQ,
    "route": zmq.ROUTER,
    "push": zmq.PUSH,
    "pull": zmq.PULL,
    "introduce": zmq.DEALER,
}
socket = context.socket(KINDS[play])
socket.linger = 0
socket.rcvtimeo = socket.sndtimeo = 20_000
# Heartbeats all the time: they travel sealed like everything else.
socket.heartbeat_ivl = 5
socket.heartbeat_timeout = 20_000


def say(line):
    print(line, flush=True)


def secure(server):
    if mechanism == "NULL":
        return
    if mechanism == "PLAIN":
        if server:
            socket.plain_server = True
        else:
            socket.plain_username, socket.plain_password = b"admin", b"secret"
        return
    keys = os.environ
    if server:
        socket.curve_server = True
        socket.curve_secretkey = keys["SERVER_SECRET"].encode()
        socket.curve_publickey = keys["SERVER_PUBLIC"].encode()
    else:
        socket.curve_secretkey = keys["CLIENT_SECRET"].encode()
        socket.curve_publickey = keys["CLIENT_PUBLIC"].encode()
        socket.curve_serverkey = keys["SERVER_PUBLIC"].encode()


def serve():
    """Lets in who knows the password, or the key of the server."""
    judge = None
    if mechanism == "PLAIN":
        judge = authenticator()
        judge.configure_plain(domain="*", passwords={"admin": "secret"})
    listen()
    return judge


def listen():
    secure(True)
    say(socket.bind_to_random_port("tcp://127.0.0.1"))


def connect():
    secure(False)
    socket.connect(f"tcp://127.0.0.1:{port}")


def authenticator():
    judge = zmq.auth.thread.ThreadAuthenticator(context)
    judge.start()
    return judge


judge = None
if play == "echo":
    judge = serve()
    while (request := socket.recv_multipart()) != [b"end"]:
        socket.send_multipart(request)
    socket.send(b"end")
elif play == "route":
    judge = serve()
    while (request := socket.recv_multipart())[1:] != [b"end"]:
        socket.send_multipart(request)
    socket.send_multipart(request)
elif play in ("ask", "request"):
    connect()
    largest = int(os.environ.get("LARGEST", "300000"))
    for size in (0, 1, 31, 221, 222, 223, 255, 256, 4096, 65_536, 300_000):
        if size > largest:
            break
        parts = [bytes(at % 251 for at in range(size)), b"", b"last"]
        socket.send_multipart(parts)
        assert socket.recv_multipart() == parts, size
    socket.send(b"end")
    assert socket.recv() == b"end"
elif play == "push":
    judge = serve()
    for number in range(1000):
        socket.send_multipart([b"%d" % number, b"", bytes(number)])
    sys.stdin.readline()
elif play == "pull":
    connect()
    for number in range(1000):
        assert socket.recv_multipart() == [b"%d" % number, b"", bytes(number)], number
elif play == "publish":
    judge = serve()
    say(socket.recv())
    for number in range(100):
        socket.send_multipart([b"A", b"%d" % number])
    say(socket.recv())
elif play == "subscribe":
    socket.subscribe(b"A")
    connect()
    for number in range(100):
        assert socket.recv_multipart() == [b"A", b"%d" % number]
    socket.unsubscribe(b"A")
    socket.subscribe(b"end")
    say(socket.recv())
elif play == "introduce":
    # ZMQ_METADATA, which pyzmq has no name for.
    socket.setsockopt(95, b"X-Who:libzmq")
    connect()
    socket.send(b"who?")
    frame = socket.recv(copy=False)
    say(frame.get("X-Who") + frame.get("X-Empty") + frame.get("Socket-Type"))
elif play == "refuse":
    judge = authenticator()
    if mechanism == "PLAIN":
        judge.configure_plain(domain="*", passwords={"admin": "another"})
    else:
        judge.configure_curve(domain="*", location=tempfile.mkdtemp())
    listen()
    sys.stdin.read()
elif play == "refused":
    monitor = socket.get_monitor_socket()
    monitor.rcvtimeo = 20_000
    connect()
    while True:
        event = zmq.utils.monitor.recv_monitor_message(monitor)
        if event["event"] == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
            say(event["value"])
            break
        if event["event"] == zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL:
            say("protocol")
            break
    socket.disable_monitor()
if judge:
    judge.stop()
say("done")
