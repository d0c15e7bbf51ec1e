"""Certificates of CURVE by others: each order prints a public and a secret key, or `None` for one that is not there.

    certificates.py pyzmq|czmq load FILE
    certificates.py pyzmq|czmq save FOLDER NAME     makes a pair; the public part is in NAME.key
    certificates.py pyzmq admit FOLDER              the client that a server with this folder lets in
"""

import ctypes
import os
import sys

import zmq.auth

library, order, *words = sys.argv[1:]


def czmq():
    library = ctypes.CDLL("libczmq.so.4")
    library.zcert_new.restype = library.zcert_load.restype = ctypes.c_void_p
    library.zcert_public_txt.restype = library.zcert_secret_txt.restype = ctypes.c_char_p
    return library


def of_czmq(certificate):
    certificate = ctypes.c_void_p(certificate)
    assert certificate, "czmq does not read it"
    return certificate, [getattr(czmq(), f"zcert_{kind}_txt")(certificate) for kind in ("public", "secret")]


# As czmq says that there is no secret key.
ZEROS = b"0" * 40

if (library, order) == ("pyzmq", "load"):
    keys = zmq.auth.load_certificate(words[0])
elif (library, order) == ("pyzmq", "admit"):
    keys = [*zmq.auth.load_certificates(words[0]), None]
elif (library, order) == ("pyzmq", "save"):
    _, secret = zmq.auth.create_certificates(*words, metadata={"name": "of pyzmq"})
    keys = zmq.auth.load_certificate(secret)
elif (library, order) == ("czmq", "load"):
    _, keys = of_czmq(czmq().zcert_load(words[0].encode()))
elif (library, order) == ("czmq", "save"):
    certificate, keys = of_czmq(czmq().zcert_new())
    czmq().zcert_set_meta(certificate, b"name", b"%s", b"of czmq")
    assert czmq().zcert_save(certificate, os.path.join(words[0], f"{words[1]}.key").encode()) == 0
for key in keys:
    print(key.decode() if key and key != ZEROS else None)
