"""The Node peer: express-openid-connect, its session in memory, before http-proxy-middleware."""

import json
from pathlib import Path

from bench.peers.apache import Client
from bench.peers.nginx import Route

FOLDER = Path(__file__).resolve().parent / "node"


def command(port: int, route: Route, client: Client) -> tuple[str, ...]:
    """Return the command that starts it."""
    order = {
        "port": port,
        "origin": client.origin,
        "issuer": client.issuer,
        "secret": client.secret,
        "upstream": route.json,
        "events": route.events,
        "ca": str(route.authority),
    }
    return ("node", str(FOLDER / "server.mjs"), json.dumps(order))
