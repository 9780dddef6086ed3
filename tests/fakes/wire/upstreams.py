"""Servers that other people wrote, each as a process on loopback with the same small service."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from fakes.loopback import WAIT_S

_NODE = """
const [port] = process.argv.slice(1).map(Number);
const fixed = Buffer.from(Array.from({ length: 256 * 64 }, (_, at) => at % 256));
require("node:http").createServer(async (request, response) => {
  let size = 0;
  for await (const part of request) size += part.length;
  if (request.url === "/stream") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (let event = 0; event < 50; event++) response.write(`data: ${event}\\n\\n`);
    return response.end();
  }
  const body = request.url === "/fixed" ? fixed : Buffer.from(String(size));
  response.writeHead(200, { "content-length": body.length });
  response.end(body);
}).listen(port, "127.0.0.1");
"""

_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
  access_log off;
  client_max_body_size 8m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} {tls};
    ssl_certificate {certificate};
    ssl_certificate_key {certificate};
    location / {{
      proxy_pass {behind};
      proxy_http_version 1.1;
      proxy_buffering off;
    }}
  }}
}}
"""

_APACHE = """
ServerName 127.0.0.1
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/apache.log
Listen 127.0.0.1:{port}
{modules}
<IfModule unixd_module>
  User nobody
  Group nogroup
</IfModule>
KeepAliveTimeout 60
ProxyPass / {behind} flushpackets=on
"""
_APACHE_MODULES = ("mpm_event", "authz_core", "proxy", "proxy_http")
_APACHE_FOLDER = Path("/usr/lib/apache2/modules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a server keeps its files and listens, and whom it asks if it is a proxy."""

    folder: Path
    port: int
    certificate: Path
    behind: str


def nginx(place: Place, *, tls: bool = False) -> list[str]:
    """Return how to start nginx before another server."""
    program = _program("nginx")
    configured = place.folder / "nginx.conf"
    configured.write_text(
        _NGINX.format(
            folder=place.folder,
            port=place.port,
            tls="ssl" if tls else "",
            certificate=place.certificate,
            behind=place.behind,
        )
    )
    return [program, "-p", str(place.folder), "-c", str(configured), "-e", "stderr"]


def nginx_tls(place: Place) -> list[str]:
    """Return how to start nginx with TLS."""
    return nginx(place, tls=True)


def apache(place: Place) -> list[str]:
    """Return how to start apache before another server."""
    program = _program("apache2")
    missing = [name for name in _APACHE_MODULES if not _module(name).exists()]
    if missing:
        pytest.skip(f"apache2 has no {', '.join(missing)} where Debian has it")
    lines = [f"LoadModule {name}_module {_module(name)}" for name in _APACHE_MODULES]
    configured = place.folder / "apache.conf"
    configured.write_text(
        _APACHE.format(
            folder=place.folder, port=place.port, modules="\n".join(lines), behind=place.behind
        )
    )
    return [program, "-f", str(configured), "-DFOREGROUND"]


def node(place: Place) -> list[str]:
    """Return how to start the service in Node."""
    return [_program("node"), "-e", _NODE, str(place.port)]


def uvicorn(place: Place) -> list[str]:
    """Return how to start the service in uvicorn."""
    where = ["--host", "127.0.0.1", "--port", str(place.port)]
    return [sys.executable, "-m", "uvicorn", "fakes.wire.app:app", "--log-level", "error", *where]


def granian(place: Place) -> list[str]:
    """Return how to start the service in granian."""
    if find_spec("granian") is None:
        pytest.skip("granian is not installed: pip install granian")
    where = ["--host", "127.0.0.1", "--port", str(place.port)]
    started = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-log", *where]
    return [*started, "fakes.wire.app:app"]


class Running:
    """A server that has been started."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = environment
        self._process = self._started()

    def stop(self) -> None:
        """Stop it, by its process and no other."""
        self._process.terminate()
        try:
            self._process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(WAIT_S)

    def start_again(self) -> None:
        """Start it where it was."""
        self._process = self._started()

    def failed(self) -> bool:
        """Return whether it has ended by itself."""
        return self._process.poll() is not None

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self._command, env=dict(self._environment), stdout=subprocess.DEVNULL
        )


def _module(name: str) -> Path:
    return _APACHE_FOLDER / f"mod_{name}.so"


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found
