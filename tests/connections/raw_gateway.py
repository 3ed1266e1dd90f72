"""A gateway that is only a socket: it does to a connection what a broken network does, and counts what it has read."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

#: What is done with a connection, once; it is closed afterwards.
Behaviour = Callable[[socket.socket, "RawGateway"], None]


@dataclass
class RawGateway:
    """`requests` are those that were read to their end."""

    url: str
    requests: list[bytes] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


def read_request(wire: socket.socket, gateway: RawGateway) -> None:
    """All of it: the head, and as many bytes as it announces."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(wire)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.splitlines() if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += _more(wire)
    gateway.requests.append(head + b"\r\n\r\n" + body)


def _more(wire: socket.socket) -> bytes:
    data = wire.recv(65536)
    if not data:
        raise ConnectionError("The client has gone.")
    return data


def reset(wire: socket.socket) -> None:
    """Closing sends an RST."""
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def answers(text: str) -> Behaviour:
    """Read the request, and write this."""

    def behave(wire: socket.socket, gateway: RawGateway) -> None:
        read_request(wire, gateway)
        wire.sendall(text.encode())

    return behave


def resets_unread(wire: socket.socket, gateway: RawGateway) -> None:
    """Not before something has come: a reset as early as that may look like a connection that was never made."""
    wire.recv(1, socket.MSG_PEEK)
    reset(wire)


def resets_after_reading(wire: socket.socket, gateway: RawGateway) -> None:
    read_request(wire, gateway)
    reset(wire)


def closes_after_reading(wire: socket.socket, gateway: RawGateway) -> None:
    read_request(wire, gateway)


def says_nothing(wire: socket.socket, gateway: RawGateway) -> None:
    read_request(wire, gateway)
    gateway.done.wait(10)


@contextmanager
def raw_gateway(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[RawGateway]:
    """One connection after the other, on a free port of loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gateway = RawGateway(f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}")

        def serve() -> None:
            while True:
                wire, _ = listener.accept()
                if gateway.done.is_set():
                    wire.close()
                    return
                with suppress(OSError), wire:
                    if tls:
                        with tls.wrap_socket(wire, server_side=True) as secured:
                            behave(secured, gateway)
                    else:
                        behave(wire, gateway)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield gateway
        finally:
            gateway.done.set()
            socket.create_connection(listener.getsockname()).close()  # wakes the accept
            thread.join()


@contextmanager
def deaf_gateway() -> Iterator[RawGateway]:
    """Its queue is full, so that the kernel answers no connection any more."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        try:
            for _ in range(4):
                wire = socket.socket()
                waiting.append(wire)
                wire.setblocking(False)
                wire.connect_ex(listener.getsockname())
            yield RawGateway(f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            for wire in waiting:
                wire.close()


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def unknown_issuer(folder: Path) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "gateway.pem"
    file.write_bytes(encoded + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
