"""Whom every wire believes, and what the end of a connection is worth over TLS."""

import ssl
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path

import certifi
import pytest

from fakes.wire.authority import Authority
from fakes.wire.calls import came, get, post
from fakes.wire.scripted import Peer, scripted
from fakes.wire.sealed import Sealed
from trust.errors import SettingsError
from trust.wire import tls
from trust.wire.call import Broken, Unreachable, Wire
from trust.wire.client import LeanWire
from trust.wire.tls import unconnected, verified

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def never(peer: Peer) -> None:
    """Expect that no call arrives."""
    pytest.fail(f"a call arrived: {await peer.head()!r}")


@pytest.mark.parametrize(
    "shows",
    [
        pytest.param(Authority.of_another, id="of another name"),
        pytest.param(Authority.expired, id="expired"),
    ],
)
async def test_a_wrong_certificate_gets_no_call(
    wire: Wire, authority: Authority, shows: Callable[[Authority], ssl.SSLContext]
) -> None:
    async with scripted(never, tls=shows(authority)) as server:
        with pytest.raises(Unreachable):
            await wire.open(post(server.url, b"a secret"))


async def test_what_is_wrong_with_a_certificate_is_told(
    lean: LeanWire, authority: Authority
) -> None:
    async with scripted(never, tls=authority.expired()) as server:
        with pytest.raises(Unreachable, match="SSLCertVerificationError: certificate has expired"):
            await lean.open(post(server.url, b"a secret"))


def test_of_any_other_error_the_class_is_told() -> None:
    assert unconnected(ConnectionRefusedError("where")) == "ConnectionRefusedError"


async def test_an_unknown_authority_gets_no_call(wire: Wire, tmp_path: Path) -> None:
    stranger = Authority(tmp_path)
    async with scripted(never, tls=stranger.good()) as server:
        with pytest.raises(Unreachable):
            await wire.open(post(server.url, b"a secret"))


async def test_an_old_tls_gets_no_call(wire: Wire, authority: Authority) -> None:
    old = authority.good()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with scripted(never, tls=old) as server:
        with pytest.raises(Unreachable):
            await wire.open(get(server.url))


@pytest.mark.parametrize(
    "said",
    [pytest.param(OK, id="an answer"), pytest.param(b"", id="nothing, and closes")],
)
async def test_a_server_without_tls_gets_no_call(wire: Wire, said: bytes) -> None:
    async def script(peer: Peer) -> None:
        await peer.say(said)

    async with scripted(script) as server:
        with pytest.raises(Unreachable):
            await wire.open(get(server.url.replace("http://", "https://")))


async def test_a_server_with_tls_gives_no_answer_without(wire: Wire, shown: ssl.SSLContext) -> None:
    async with scripted(never, tls=shown) as server:
        with pytest.raises(Broken):
            await wire.open(get(server.url.replace("https://", "http://")))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK, id="length"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            id="chunks",
        ),
    ],
)
async def test_a_body_that_says_its_end_needs_no_other(
    wire: Wire, shown: ssl.SSLContext, answer: bytes
) -> None:
    async def script(peer: Peer) -> None:
        await peer.answer(answer)
        peer.line.close()

    async with scripted(script, tls=shown) as server:
        assert (await came(wire, get(server.url))).body == b"ok"


@pytest.mark.parametrize("cut", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nhal"])
async def test_an_end_without_notice_may_be_anybodys(
    lean: LeanWire, shown: ssl.SSLContext, cut: bytes
) -> None:
    """Who is on the way can end TCP, but cannot say close_notify (RFC 9112 §9.8)."""

    async def script(peer: Peer) -> None:
        await peer.answer(cut)
        peer.line.close()

    async with scripted(script, tls=shown) as server:
        with pytest.raises(Broken):
            await came(lean, get(server.url))


def test_name_and_chain_are_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    context = verified()

    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION
    there = ssl.create_default_context(cafile=certifi.where()).cert_store_stats()
    assert context.cert_store_stats() == there


async def test_only_what_we_speak_is_offered(authority: Authority) -> None:
    shown = authority.good()
    shown.set_alpn_protocols(["h2", "http/1.1"])

    line = Sealed(verified(str(authority.file)), shown).shaken()

    assert line.server.selected_alpn_protocol() == "http/1.1"


def test_without_certifi_the_machine_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    nowhere: dict[str, ModuleSpec] = {}
    monkeypatch.setattr(tls, "find_spec", nowhere.get)

    assert verified().cert_store_stats() == ssl.create_default_context().cert_store_stats()


def test_authorities_may_be_named(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of a company, say, instead of those of the web."""
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

    assert verified().cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}


def test_of_aws_alone_other_authorities_may_be_named(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())

    assert verified(str(authority.file)).cert_store_stats()["x509"] == 1


@pytest.mark.parametrize("holds", [None, "no certificate"])
def test_a_file_without_authorities_is_a_fault_of_the_settings(
    tmp_path: Path, holds: str | None
) -> None:
    bundle = tmp_path / "bundle.pem"
    if holds is not None:
        bundle.write_text(holds)

    with pytest.raises(SettingsError, match="AWS_CA_BUNDLE"):
        verified(str(bundle))
