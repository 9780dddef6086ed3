"""Watching a session while its stream is open: a revoked one is cut off (design part 10)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from proxy.errors import SessionRevoked
from proxy.streams import Stream
from trust import log
from trust.session.admission import Admission
from trust.session.errors import NotLoggedIn

EVERY_S = 0.5
"""Pause between two looks; with the session cache's second, a revocation is seen within two, also
where the machine is busy. More looks cost no more reads: the cache answers them."""


async def watch(
    admission: Admission,
    cookies: Sequence[str],
    stream: Stream,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """End `stream` once its session is gone. A store that cannot be asked ends nothing.

    Whoever watches an answer is using their session: it does not run out for idleness meanwhile.
    """
    while True:
        await pause(EVERY_S)
        try:
            await admission.attend(cookies)
        except NotLoggedIn as error:
            stream.end(SessionRevoked(str(error)))
            return
        except Exception as error:  # noqa: BLE001 whatever it is, the next look may see the end
            log.fault("stream.look_failed", error)
