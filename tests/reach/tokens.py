#!/usr/bin/env python3
"""tokens.py PORT KEY CERTIFICATE - gives me:secret the tokens that a registry of the distribution project wants."""
import base64
import json
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlparse

port, key, certificate = int(sys.argv[1]), sys.argv[2], sys.argv[3]
ME = "Basic " + base64.b64encode(b"me:secret").decode()


def plain(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def access(scope):
    kind, name, actions = scope.split(":")
    return {"type": kind, "name": name, "actions": actions.split(",")}


def token(query):
    der = subprocess.run(["openssl", "x509", "-in", certificate, "-outform", "der"], check=True, capture_output=True).stdout
    head = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
    now = int(time.time())
    claims = {"iss": "ours", "sub": "me", "aud": query["service"][0], "exp": now + 300, "nbf": now - 10, "iat": now, "jti": "1",
              "access": [access(s) for s in query.get("scope", [])]}
    text = plain(json.dumps(head).encode()) + b"." + plain(json.dumps(claims).encode())
    signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text, check=True, capture_output=True).stdout
    return (text + b"." + plain(signed)).decode()


class Tokens(BaseHTTPRequestHandler):
    def do_GET(self):
        good = self.headers.get("Authorization") == ME
        body = json.dumps({"token": token(parse_qs(urlparse(self.path).query))} if good else {}).encode()
        self.send_response(200 if good else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", port), Tokens).serve_forever()
