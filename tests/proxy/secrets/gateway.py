"""The planted traffic through `vimgate proxy` over HTTP, and all that it says and stores."""

import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from urllib.request import urlopen

COMMAND = (sys.executable, "-P", "-c", "from vimgate.cli import main; main()", "proxy")
LIMIT = 180  # seconds that anything may take
OPTIONS = ("--capture", "har", "--capture", "flows", "--mode", "annotate", "--live", "--budget-ms", "60000")
HEADER = b"vimgate-findings:"


def all_that_is_said(rows, folders):
    """Each output by name: files, standard output and error, metrics, the header that clients get, who was judged."""
    exchanges = [each for row in rows for each in row.exchanges]
    out = folders.mktemp("gateway")
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as spare:
        spare.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # for the gateway, which may listen there then
        spare.bind(("127.0.0.1", 0))
        metrics = spare.getsockname()[1]
        server = threading.Thread(target=_serve, args=(listener, exchanges), daemon=True)
        server.start()
        upstream = f"http://127.0.0.1:{listener.getsockname()[1]}"
        given = ("--upstream", upstream, "--listen", "127.0.0.1:0", "--out", str(out), "--metrics", str(metrics))
        process = subprocess.Popen([*COMMAND, *given, *OPTIONS], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            port = int(process.stdout.readline().rsplit(b":", 1)[1])
            added = b"".join(_ask(port, each) for each in exchanges)
            with urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=LIMIT) as answer:
                scraped = answer.read()
            process.send_signal(signal.SIGTERM)
            output, errors = process.communicate(timeout=LIMIT)
        finally:
            process.kill()
            process.communicate()
            listener.shutdown(socket.SHUT_RDWR)
            server.join(LIMIT)
    files = {file.name: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    return files | {"stdout": output, "stderr": errors, "metrics": scraped, "header": added}


def _ask(port, exchange):
    """Send the request; the lines of the answer's head that the gateway has added."""
    target = exchange.path + ("?" + exchange.query if exchange.query else "")
    fields = (*exchange.request_headers, ("Content-Length", str(len(exchange.request_body))), ("Connection", "close"))
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
        client.sendall(_message(f"{exchange.method} {target} HTTP/1.1", fields, exchange.request_body))
        head = _all_of(client).partition(b"\r\n\r\n")[0]
    return b"\n".join(line for line in head.split(b"\r\n") if line.lower().startswith(HEADER)) + b"\n"


def _serve(listener, exchanges):
    """Answer each connection with the next answer."""
    for exchange in exchanges:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(LIMIT)
                came = b""
                while b"\r\n\r\n" not in came or len(came.partition(b"\r\n\r\n")[2]) < len(exchange.request_body):
                    came += connection.recv(65536)
                body = exchange.response_body
                fields = (*exchange.response_headers, ("Content-Length", str(len(body))), ("Connection", "close"))
                connection.sendall(_message(f"HTTP/1.1 {exchange.status} Short and stout", fields, body))


def _message(first, fields, body):
    return "\r\n".join([first, *(f"{name}: {value}" for name, value in fields), "", ""]).encode() + body


def _all_of(connection):
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)
