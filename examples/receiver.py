"""A shop's webhook receiver, with the standard library: it believes only what is signed, keeps
each event once, answers, and does the work afterwards. `python receiver.py SECRET PORT FOLDER`"""

import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

from stampbook_client import Webhook, WebhookVerificationError
from stampbook_client.models import Transaction

MAX_BODY = 1024 * 1024
secret, port, folder = sys.argv[1:]
webhook, lock = Webhook(secret), Lock()
kept = sqlite3.connect(Path(folder) / "events.sqlite", check_same_thread=False)
kept.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, body BLOB NOT NULL)")


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Verify, keep, answer. An event that came before is answered and nothing else."""
        length = int(self.headers.get("Content-Length", "0"))
        if length > MAX_BODY:
            return self.send_error(413)
        body = self.rfile.read(length)
        try:
            event = webhook.verify(body, dict(self.headers))
        except WebhookVerificationError as refused:
            return self.send_error(400, str(refused))
        with lock, kept:
            new = kept.execute("INSERT OR IGNORE INTO events VALUES (?, ?)", (event.id, body))
        self.send_response(204)
        self.end_headers()
        if new.rowcount and event.type == "transaction.created":
            row = event.read("transaction", Transaction)
            print(f"{row.type} {row.amount} on {row.account_id}", flush=True)
        return None

    def log_message(self, *line: object) -> None:
        """Nothing: a log of requests would be beside what is printed."""


server = ThreadingHTTPServer(("127.0.0.1", int(port)), Receiver)
print(f"listening on {server.server_port}", flush=True)
server.serve_forever()
