"""Programs of the ZeroMQ Guide on libzmq: `peer.py PROGRAM [ARGUMENT...]`, the partners of those of the same names in Rust.

GUIDE_PORTS and GUIDE_SPEED mean the same to them.
"""

import os
import random
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


def hwserver():
    responder = context.socket(zmq.REP)
    responder.bind(at(5555))
    while True:
        say(f"Received request: [{responder.recv_string()}]")
        pause(1)
        responder.send_string("World")


def hwclient():
    requester = context.socket(zmq.REQ)
    requester.connect(at(5555))
    for number in range(10):
        say(f"Sending request {number}...")
        requester.send_string("Hello")
        say(f"Received reply {number}: [{requester.recv_string()}]")


def wuserver():
    publisher = context.socket(zmq.PUB)
    publisher.bind(at(5556))
    while True:
        zip_code, temperature = random.randrange(100_000), random.randrange(-80, 135)
        publisher.send_string(f"{zip_code:05} {temperature} {random.randrange(10, 60)}")


def wuclient():
    subscriber = context.socket(zmq.SUB)
    subscriber.connect(at(5556))
    subscriber.subscribe(arguments[0])
    total = sum(int(subscriber.recv_string().split()[1]) for _ in range(100))
    say(f"Average temperature for zipcode '{arguments[0]}' was {total // 100}F")


def taskvent():
    sender = context.socket(zmq.PUSH)
    sender.bind(at(5557))
    say("Press Enter when the workers are ready: ", end="")
    sys.stdin.readline()
    sender.send_string("0")
    tasks = [random.randint(1, 100) for _ in range(100)]
    for task in tasks:
        sender.send_string(str(task))
    say(f"Total expected cost: {sum(tasks)} msec")


def taskwork():
    receiver, sender = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    receiver.connect(at(5557))
    sender.connect(at(5558))
    while True:
        task = receiver.recv_string()
        say(f"{task}.", end="")
        pause(int(task) / 1000)
        sender.send_string("")


def tasksink():
    receiver = context.socket(zmq.PULL)
    receiver.bind(at(5558))
    receiver.recv()
    start = time.time()
    for task in range(100):
        receiver.recv()
        say("." if task % 10 else ":", end="")
    say(f"Total elapsed time: {(time.time() - start) * 1000:.0f} msec")


def taskwork2():
    receiver, sender, controller = (context.socket(kind) for kind in (zmq.PULL, zmq.PUSH, zmq.SUB))
    controller.subscribe("")
    controller.connect(at(5559))
    receiver.connect(at(5557))
    sender.connect(at(5558))
    poller = zmq.Poller()
    poller.register(receiver, zmq.POLLIN)
    poller.register(controller, zmq.POLLIN)
    while True:
        ready = dict(poller.poll())
        if receiver in ready:
            pause(int(receiver.recv_string()) / 1000)
            sender.send_string("")
            say(".", end="")
        if controller in ready:
            return


def tasksink2():
    receiver, controller = context.socket(zmq.PULL), context.socket(zmq.PUB)
    receiver.bind(at(5558))
    controller.bind(at(5559))
    receiver.recv()
    for task in range(100):
        receiver.recv()
        say("." if task % 10 else ":", end="")
    say("Total elapsed time: 0 msec")
    controller.send_string("KILL")


def rrclient():
    requester = context.socket(zmq.REQ)
    requester.connect(at(5559))
    for request in range(1, 10):
        requester.send_string("Hello")
        say(f"Received reply {request} [ {requester.recv_string()} ]")


def rrserver():
    responder = context.socket(zmq.REP)
    responder.connect(at(5560))
    while True:
        say(f"Received request: {responder.recv_string()}")
        responder.send_string("World")


def syncsub():
    subscriber, client = context.socket(zmq.SUB), context.socket(zmq.REQ)
    subscriber.rcvhwm = 0
    subscriber.subscribe("")
    subscriber.connect(at(5561))
    client.connect(at(5562))
    client.send_string("")
    client.recv()
    updates = 0
    while subscriber.recv() != b"END":
        updates += 1
    say(f"Received {updates} updates")


def psenvpub():
    publisher = context.socket(zmq.PUB)
    publisher.bind(at(5563))
    while True:
        publisher.send_multipart([b"A", b"We don't want to see this"])
        publisher.send_multipart([b"B", b"We would like to see this"])
        pause(1)


def psenvsub():
    subscriber = context.socket(zmq.SUB)
    subscriber.connect(at(5563))
    subscriber.subscribe("B")
    while True:
        address, contents = subscriber.recv_multipart()
        say(f"[{address.decode()}] {contents.decode()}")


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


globals()[sys.argv[1]]()
