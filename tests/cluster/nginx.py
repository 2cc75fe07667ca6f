"""A real nginx with the very file that `docs/operations.md` gives; only ports, the certificate and the log are the test's."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.knowledge_folder import ROOT
from tests.programs import free_port, needed

SITE = ROOT / "docs" / "operations" / "nginx.conf"
NAME = "chat.example.com"
PLACES = ("127.0.0.1:8001", "127.0.0.1:8002")
_MAIN = """\
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.main.log alert;
events {{ worker_connections 4096; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/pinpoint.conf;
}}
"""


@dataclass(slots=True)
class Nginx:
    """nginx in front of two processes of ours."""

    folder: Path
    ports: Sequence[int]  #: of the processes
    port: int = field(default_factory=free_port)
    plain: int = field(default_factory=free_port)
    program: Path = field(default_factory=lambda: needed("nginx", "nginx"))
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """Everything that it has written down."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    @property
    def trust(self) -> ssl.SSLContext:
        """A visitor who believes our certificate, and no other."""
        return ssl.create_default_context(cafile=str(self.folder / "cert.pem"))

    def start(self) -> None:
        """Returns once it takes connections."""
        _certify(self.folder)
        (self.folder / "pinpoint.conf").write_text(self._site())
        (self.folder / "nginx.conf").write_text(_MAIN.format(folder=self.folder, user="user root;" if os.getuid() == 0 else ""))
        command = [self.program, "-p", self.folder, "-e", "stderr", "-c", self.folder / "nginx.conf"]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert checked.returncode == 0 and "[warn]" not in checked.stderr, checked.stderr
        self.process = subprocess.Popen(command)
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert time.monotonic() < end and self.process.poll() is None
                time.sleep(0.02)

    def stop(self) -> None:
        """At once."""
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None

    def _site(self) -> str:
        """The file, filled in. What it does not hold (any more) is an error: then the file is not what is tested."""
        text = SITE.read_text(encoding="utf-8")
        mine = {f"server {place} ": f"server 127.0.0.1:{port} " for place, port in zip(PLACES, self.ports, strict=True)}
        mine |= {
            "listen 80;": f"listen 127.0.0.1:{self.plain};", "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            f"/etc/letsencrypt/live/{NAME}/fullchain.pem": f"{self.folder}/cert.pem",
            f"/etc/letsencrypt/live/{NAME}/privkey.pem": f"{self.folder}/key.pem", "/var/log/nginx/": f"{self.folder}/",
        }  # fmt: skip
        for theirs, ours in mine.items():
            assert theirs in text, f"{SITE.name} does not hold {theirs!r}"
            text = text.replace(theirs, ours)
        return text


def _certify(folder: Path) -> None:
    """A certificate for the name in the file, good for a day."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(),
                                   now - timedelta(hours=1), now + timedelta(days=1))  # fmt: skip
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    (folder / "cert.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    kind = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()))
