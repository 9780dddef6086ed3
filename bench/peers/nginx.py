"""The physical limit: nginx as a plain reverse proxy, which looks nobody up and signs nothing."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where the two upstreams are, and whom to trust there."""

    json: str
    events: str
    authority: Path


def configuration(folder: Path, name: str, port: int, route: Route) -> str:
    """Return nginx.conf: kept-alive connections to the upstream, answers unbuffered."""
    return f"""\
daemon off;
worker_processes 1;
pid {folder}/{name}.pid;
error_log stderr error;
worker_rlimit_nofile 20000;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    client_body_temp_path {folder}/{name}-body;
    proxy_temp_path {folder}/{name}-proxy;
    proxy_http_version 1.1;
    proxy_buffering off;
    proxy_read_timeout 2h;
    proxy_set_header Connection "";
    proxy_set_header Authorization "Bearer of-nobody";
    proxy_ssl_trusted_certificate {route.authority};
    proxy_ssl_verify on;
    proxy_ssl_name localhost;
    proxy_ssl_session_reuse on;
    upstream json {{ server {_address(route.json)}; keepalive 256; }}
    upstream events {{ server {_address(route.events)}; keepalive 256; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /ready {{ return 200; }}
        location /events {{ proxy_pass {_scheme(route.events)}://events; }}
        location / {{ proxy_pass {_scheme(route.json)}://json; }}
    }}
}}
"""


def _scheme(url: str) -> str:
    return url.partition("://")[0]


def _address(url: str) -> str:
    return url.partition("://")[2]
