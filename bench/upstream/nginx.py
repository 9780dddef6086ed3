"""The agent that answers at once: nginx with 1 KB of JSON, over TLS and plain."""

from dataclasses import dataclass
from pathlib import Path

from bench.certificate import Certificates

ANSWER_BYTES = 1024


def answer() -> str:
    """Return the 1 KB of JSON that every proxied POST gets."""
    empty = '{"answer": ""}'
    return empty.replace('""', f'"{"a" * (ANSWER_BYTES - len(empty))}"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where nginx listens."""

    tls: int
    plain: int


def configuration(folder: Path, ports: Ports, certificates: Certificates) -> str:
    """Return nginx.conf: one worker, since one core is what it has.

    A call without `Authorization` is refused: each proxy has to prove that it put something there.
    """
    return f"""\
daemon off;
worker_processes 1;
pid {folder}/upstream.pid;
error_log stderr error;
worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    client_body_temp_path {folder}/upstream-body;
    server {{
        listen 127.0.0.1:{ports.plain} backlog=4096;
        listen 127.0.0.1:{ports.tls} ssl backlog=4096;
        ssl_certificate {certificates.certificate};
        ssl_certificate_key {certificates.key};
        location = /ready {{ return 200; }}
        location / {{
            default_type application/json;
            if ($http_authorization = "") {{ return 401; }}
            return 200 '{answer()}';
        }}
    }}
}}
"""
