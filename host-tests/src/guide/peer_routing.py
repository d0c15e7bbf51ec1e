"""Programs of chapter 3."""

import os
import random
import time

import zmq
from peer_common import arguments, at, context, finish, insist, named, pause, say


def asyncclient():
    """A client of asyncsrv that asks without waiting, and prints what comes."""
    client = context.socket(zmq.DEALER)
    client.connect(at(5570))
    for number in range(20):
        client.send_string(f"request of Python #{number}")
    while True:
        say(client.recv_string())


def peering1():
    name, peers = arguments[0], arguments[1:]
    statebe, statefe = context.socket(zmq.PUB), context.socket(zmq.SUB)
    statebe.bind(f"ipc://{name}-state.ipc")
    statefe.subscribe("")
    for peer in peers:
        statefe.connect(f"ipc://{peer}-state.ipc")
    period = 1 / float(os.environ["GUIDE_SPEED"])
    coming = time.time()
    while True:
        if statefe.poll(max(0, coming - time.time()) * 1000):
            peer, free = statefe.recv_multipart()
            say(f"{peer.decode()} - {free.decode()} workers free")
        else:
            statebe.send_multipart([name.encode(), str(random.randrange(10)).encode()])
            coming += period


def rtdealer():
    (name,) = arguments
    worker = named(zmq.DEALER, name)
    worker.connect("ipc://routing.ipc")
    total = 0
    while worker.recv() != b"END":
        total += 1
    say(f"{name} received: {total}")


def rtmama():
    worker = context.socket(zmq.REQ)
    worker.connect("ipc://routing.ipc")
    total = 0
    while True:
        worker.send_string("ready")
        if worker.recv() == b"END":
            break
        total += 1
        pause(random.randint(1, 100) / 1000)
    say(f"Processed: {total} tasks")


def rtpapa():
    worker = context.socket(zmq.REP)
    worker.connect(arguments[0])
    say(" ".join(part.decode() for part in worker.recv_multipart()))
    worker.send_string("This is the reply")
    finish()


def lruclient():
    """So many clients."""
    for _ in range(int(arguments[0])):
        client = context.socket(zmq.REQ)
        client.connect("ipc://frontend.ipc")
        client.send_string("HELLO")
        say(f"Client: {client.recv_string()}")


def lruworker():
    worker = context.socket(zmq.REQ)
    worker.connect("ipc://backend.ipc")
    worker.send_string("READY")
    while True:
        client, empty, request = worker.recv_multipart()
        say(f"Worker: {request.decode()}")
        worker.send_multipart([client, empty, b"OK"])


def rtrouter():
    router = named(zmq.ROUTER, arguments[0])
    if arguments[0] == "WORKER":
        router.bind("ipc://rtrouter.ipc")
        say(b" ".join(router.recv_multipart()).decode())
        router.send_multipart([b"SERVER", b"", b"send to server"])
    else:
        router.connect("ipc://rtrouter.ipc")
        insist(router, [b"WORKER", b"", b"send to worker"])
        say(b" ".join(router.recv_multipart()).decode())
    finish()


def cloud(name, peer):
    """Where a broker is asked, and where it asks."""
    frontend, backend = named(zmq.ROUTER, name), named(zmq.ROUTER, name)
    frontend.bind(f"ipc://{name}-cloud.ipc")
    backend.connect(f"ipc://{peer}-cloud.ipc")
    return frontend, backend


def peering2():
    name, peer = arguments
    frontend, backend = cloud(name, peer)
    poller = zmq.Poller()
    poller.register(frontend, zmq.POLLIN)
    poller.register(backend, zmq.POLLIN)
    request = [peer.encode(), b"client", b"", b"HELLO"]
    insist(backend, request)
    while True:
        ready = dict(poller.poll())
        if frontend in ready:
            asks, client, empty, _ = frontend.recv_multipart()
            say(f"I: request of {asks.decode()}")
            frontend.send_multipart([asks, client, empty, b"OK - python"])
        if backend in ready:
            say(f"I: client status: {backend.recv_multipart()[3].decode()}")
            backend.send_multipart(request)


def peering3():
    name, peer = arguments
    frontend, backend = cloud(name, peer)
    statebe, statefe = context.socket(zmq.PUB), context.socket(zmq.SUB)
    statebe.bind(f"ipc://{name}-state.ipc")
    statefe.subscribe("")
    statefe.connect(f"ipc://{peer}-state.ipc")
    poller = zmq.Poller()
    for socket in (frontend, backend, statefe):
        poller.register(socket, zmq.POLLIN)
    task = 0
    while True:
        ready = dict(poller.poll(10))
        if frontend in ready:
            request = frontend.recv_multipart()
            say(f"I: task of {request[0].decode()}")
            frontend.send_multipart(request)
        if backend in ready:
            asked, _, _, done = backend.recv_multipart()
            say(f"I: {asked.decode()} did {done.decode()}")
        if statefe in ready and int(statefe.recv_multipart()[1]):
            task += 1
            insist(backend, [peer.encode(), b"client", b"", b"%04X" % task])
        statebe.send_multipart([name.encode(), b"5"])
