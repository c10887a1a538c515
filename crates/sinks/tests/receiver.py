"""An endpoint for webhooks with every fault that a real one has, which checks signatures by itself.

Usage: python receiver.py --log FILE [--secret TEXT] [--port N] [--faults ok,500,...]
       [--certificate FILE --key FILE]

The faults are those of one request after the other, from the first again after the last. Each request becomes a line of
the log before it is answered:
{"fault", "signed", "key", "records"}; "signed" is null without a secret. Prints its port.

ok           the records are taken
lost         they are taken, and the connection is closed without an answer
close        the connection is closed without an answer
hang         no answer, until the sender goes away
429          with Retry-After: 0
any number   an answer with that status; 400 only if a record's id starts with "bad", else the records are taken
"""

import argparse
import hashlib
import hmac
import http.server
import itertools
import json
import re
import ssl
import sys
import threading
import time

TOLERANCE_S = 300


def is_signed(secret, header, body):
    """What the documentation tells receivers to check."""
    match = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", header or "")
    if not match:
        return False
    sent, signature = match.groups()
    expected = hmac.new(secret.encode(), sent.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature, expected) and abs(time.time() - int(sent)) <= TOLERANCE_S


class Handler(http.server.BaseHTTPRequestHandler):
    """One request after the other takes the next fault."""

    protocol_version = "HTTP/1.1"
    lock = threading.Lock()
    faults = iter(())
    log = None
    secret = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        records = json.loads(body)
        records = records if isinstance(records, list) else [records]
        with self.lock:
            fault = next(self.faults)
            if fault == "400" and not any(str(record.get("id")).startswith("bad") for record in records):
                fault = "ok"
            signed = is_signed(self.secret, self.headers["Mitra-Signature"], body) if self.secret else None
            key = self.headers["Idempotency-Key"]
            line = {"fault": fault, "signed": signed, "key": key, "records": records}
            self.log.write(json.dumps(line) + "\n")
            self.log.flush()
        self.answer(fault)

    def answer(self, fault):
        if fault in ("lost", "close"):
            self.close_connection = True
        elif fault == "hang":
            self.rfile.read(1)
            self.close_connection = True
        else:
            self.send_response(200 if fault == "ok" else int(fault))
            if fault == "429":
                self.send_header("Retry-After", "0")
            text = b"" if fault == "ok" else b'{"error": "made up"}'
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    def log_message(self, *_):
        """The log has it."""


class Server(http.server.ThreadingHTTPServer):
    """Says nothing of senders that go away in the middle: tests kill them."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", required=True)
    parser.add_argument("--secret")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--faults", default="ok")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    arguments = parser.parse_args()
    Handler.faults = itertools.cycle(arguments.faults.split(","))
    Handler.secret = arguments.secret
    with open(arguments.log, "a") as Handler.log:
        server = Server(("127.0.0.1", arguments.port), Handler)
        if arguments.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(arguments.certificate, arguments.key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
