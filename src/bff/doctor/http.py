"""Asking the running BFF over its public URL, by httpx."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from bff.doctor.facts import Answer, Answers, Probe, Unreached
from bff.doctor.finding import quoted
from bff.doctor.probes import QUESTIONS, Question
from trust.wire.http import no_cookies

TIMEOUT_S = 10.0
"""Longest time of one question."""

MAX_BYTES = 100_000
"""As much of an answer as is looked at."""

_TOO_MANY = 429

_AGENT = {"user-agent": "gatehouse-doctor", "accept-encoding": "identity"}


class HttpxBff:
    """The running BFF over httpx; keeps no cookies and follows nothing."""

    def __init__(self, origin: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`origin`: the public URL; `transport`: how requests are carried, the network if None."""
        self._origin = origin
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=TIMEOUT_S,
            follow_redirects=False,
            cookies=no_cookies(),
            # What a proxy in between makes of an answer is not what the BFF answers.
            trust_env=False,
        )

    async def answers(self, told: Callable[[str], None]) -> Answers:
        """Ask everything; `told` is told each question before it is asked."""
        told(Probe.APP.value)
        first = await self._answer(self._origin, QUESTIONS[Probe.APP])
        if isinstance(first, Unreached):
            # Nobody is there: eighteen more time-outs would tell nothing more.
            return dict.fromkeys(Probe, first)
        answers: dict[Probe, Answer | Unreached] = {Probe.APP: first}
        for probe, question in QUESTIONS.items():
            if probe not in answers:
                told(probe.value)
                answers[probe] = await self._answer(self._origin, question)
        if self._origin.startswith("https://"):
            told(Probe.PLAIN.value)
            answers[Probe.PLAIN] = await self._answer(_plain(self._origin), QUESTIONS[Probe.APP])
        return answers

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _answer(self, origin: str, question: Question) -> Answer | Unreached:
        request = self._client.build_request(
            question.method,
            f"{origin}{question.path}",
            headers={**_AGENT, **question.headers},
            content=question.body.encode(),
        )
        try:
            async with asyncio.timeout(TIMEOUT_S):
                response = await self._client.send(request, stream=True)
                try:
                    return await _read(response)
                finally:
                    await response.aclose()
        except (httpx.HTTPError, TimeoutError) as error:
            why = quoted(str(error) or type(error).__name__)
            return Unreached(why=f"the BFF does not answer: {why}")


def _plain(origin: str) -> str:
    """Return where a browser goes that was given the host's name alone."""
    host = str(urlsplit(origin).hostname)
    return f"http://[{host}]" if ":" in host else f"http://{host}"


async def _read(response: httpx.Response) -> Answer | Unreached:
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) >= MAX_BYTES:
            break
    if response.status_code == _TOO_MANY:
        return Unreached(why="the BFF answers 429: too many requests from here, try again later")
    return Answer(
        status=response.status_code,
        headers=tuple((name.lower(), value) for name, value in response.headers.multi_items()),
        body=body[:MAX_BYTES].decode("utf-8", errors="replace"),
    )
