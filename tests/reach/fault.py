#!/usr/bin/env python3
"""fault.py PORT UPSTREAM FAULT [TIMES] - stands before a web server on this machine and spoils its answers.

FAULT is one of
  cut:N        the connection ends after N bytes of the body
  stall:N      nothing more comes after N bytes
  flip:N       byte N of what was asked for arrives with one bit changed
  range        a 206 says that it is another stretch
  longer       Content-Range and Content-Length say one byte more than there is
  busy         503, with Retry-After: 1
  drop         no answer at all
TIMES: so often (without: always), counted over answers with a body of more than 4096 bytes; then as it is.
"""
import re
import socket
import sys
import threading
import time

port, upstream, fault = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
left = [int(sys.argv[4]) if len(sys.argv) > 4 else 1 << 30]
kind, _, at = fault.partition(":")
at = int(at or 0)
turn = threading.Lock()


def read_head(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = stream.recv(1)
        if not byte or len(head) > 65536:
            return b""
        head += byte
    return head


def answer_of(request):
    with socket.create_connection(("127.0.0.1", upstream)) as server:
        server.sendall(re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", request)[:-2] + b"Connection: close\r\n\r\n")
        pieces = []
        while piece := server.recv(1 << 20):
            pieces.append(piece)
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", body


def due(body):
    with turn:
        if len(body) <= 4096 or left[0] == 0:
            return False
        left[0] -= 1
        return True


def spoilt(client, head, body):
    if kind == "flip":
        body = bytearray(body)
        body[at] ^= 4
    elif kind == "range":
        head = re.sub(rb"bytes (\d+)-", lambda m: b"bytes %d-" % (int(m[1]) + 512), head)
    elif kind == "longer":
        head = re.sub(rb"/(\d+)\r", lambda m: b"/%d\r" % (int(m[1]) + 1), head)
    elif kind == "busy":
        head, body = b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", b""
    elif kind == "drop":
        return
    client.sendall(head + bytes(body[:at] if kind in ("cut", "stall") else body))
    if kind == "stall":
        time.sleep(600)


def serve(client):
    with client:
        request = read_head(client)
        if not request:
            return
        head, body = answer_of(request)
        if due(body):
            spoilt(client, head, body)
        else:
            client.sendall(head + body)


def quietly(client):
    try:
        serve(client)
    except OSError:
        pass


with socket.create_server(("127.0.0.1", port)) as listener:
    print("ready", flush=True)
    while True:
        threading.Thread(target=quietly, args=(listener.accept()[0],), daemon=True).start()
