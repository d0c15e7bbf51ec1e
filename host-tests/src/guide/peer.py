"""Programs of the ZeroMQ Guide on libzmq: `peer.py PROGRAM [ARGUMENT...]`, the partners of those of the same names in Rust; those of
chapters 1 and 2 are here.

GUIDE_PORTS and GUIDE_SPEED mean the same to them.
"""

import random
import sys
import time

import zmq
from peer_common import arguments, at, context, finish, pause, say
import peer_routing


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


def syncpub():
    publisher, service = context.socket(zmq.XPUB), context.socket(zmq.REP)
    publisher.sndhwm = 0
    publisher.xpub_verbose = True
    publisher.bind(at(5561))
    service.bind(at(5562))
    count, updates = map(int, arguments)
    for _ in range(count):
        service.recv()
        service.send_string("")
    for _ in range(count):
        publisher.recv()
    for _ in range(updates):
        publisher.send_string("Rhubarb")
    publisher.send_string("END")
    finish()


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


(globals() | vars(peer_routing))[sys.argv[1]]()
