"""The single-page app: files read once at start, so that no path can lead out of their folder."""

import mimetypes
from collections.abc import Mapping
from pathlib import Path

from starlette.responses import Response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script';"
    " trusted-types 'none'"
)

_HARDENED = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

_FOREVER = "public, max-age=31536000, immutable"
_INDEX = "/index.html"


class Spa:
    """Answers GET for everything that is no API: a file by its path, else the app itself."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def answer(self, path: str) -> Response:
        """Return the file at `path`, or the app's page, which knows what to show there."""
        if not self._files:
            return Response(
                "The app is not built: run `make spa`, or set BFF_SPA.\n",
                status_code=503,
                media_type="text/plain",
                headers=_HARDENED,
            )
        named = path if path in self._files else _INDEX
        kind = mimetypes.guess_type(named)[0] or "application/octet-stream"
        # Names of assets change with their content; the page that names them is asked for anew.
        caching = "no-cache" if "/assets/" not in named else _FOREVER
        return Response(
            self._files[named], media_type=kind, headers={**_HARDENED, "cache-control": caching}
        )


def load_spa(folder: Path) -> Spa:
    """Read the built app; an absent folder makes an app that says so."""
    files = {
        f"/{file.relative_to(folder).as_posix()}": file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    return Spa(files if _INDEX in files else {})
