"""Canaries: secrets that nobody may hear of, whatever their keepers answer and whatever breaks."""

import json
import subprocess
from pathlib import Path

import httpx
import pytest

from attacks.indiscreet import (
    ANSWERS,
    CANARIES,
    EVERYTHING,
    LOGINS,
    REFERENCES,
    TOKEN,
    Login,
    body,
    indiscreet,
)
from attacks.telling import Telling
from bff import command
from bff.metrics import MetricsServer
from bff.settings import load_settings
from fakes.loopback import Reply
from fakes.proxy.canary import listening
from fakes.proxy.house import House, environment
from fakes.proxy.provider.idp import query_of
from trust.errors import SettingsError
from trust.seal.keyring import new_keyring
from trust.secrets.environment import taken_over
from trust.secrets.reference import parse_reference


@pytest.mark.parametrize("text", REFERENCES)
async def test_a_keeper_that_tells_secrets_is_not_repeated(tmp_path: Path, text: str) -> None:
    with indiscreet(LOGINS["token"], tmp_path) as keeper:
        keeper.lets_in = True
        for name, reply in ANSWERS.items():
            keeper.reply = reply
            telling, _ = await keeper.told(parse_reference(text))

            assert telling.places_of(CANARIES) == [], name


async def test_a_secret_that_is_had_is_not_shown_either(tmp_path: Path) -> None:
    contents = {"data": {"key": EVERYTHING}, "metadata": {"version": 1}}
    with indiscreet(LOGINS["token"], tmp_path) as keeper:
        keeper.lets_in, keeper.reply = True, Reply(body=body(data=contents))
        telling, failed = await keeper.told(parse_reference("vault-kv:kv/demo/bff/oidc#key"))

    assert failed is None
    assert "Held" in telling.found["held: repr"]
    assert telling.places_of(CANARIES) == []


@pytest.mark.parametrize("login", LOGINS)
async def test_a_login_that_fails_tells_nothing_of_what_it_was_made_with(
    tmp_path: Path, login: str
) -> None:
    with indiscreet(LOGINS[login], tmp_path) as keeper:
        for name, reply in ANSWERS.items():
            keeper.reply = reply
            telling, failed = await keeper.told(parse_reference("vault-kv:kv/demo/bff/oidc#key"))

            assert failed is not None, name
            assert telling.places_of(CANARIES) == [], name


def test_the_search_finds_what_is_told() -> None:
    """Else everything here would hold."""
    telling = Telling()
    for name, fails in (("hidden", _hides), ("printed", _prints), ("held", parse_reference)):
        try:
            fails(EVERYTHING)
        except ValueError as error:
            telling.error(name, error)
    telling.lines(["nothing", f"a line with {CANARIES['identity']}"])
    telling.document("settings", Login({"A": CANARIES["keyring"]}, {}))

    places = telling.places_of(CANARIES)

    assert "client secret in hidden: error 1, KeyError" in places
    assert "client secret in printed: traceback" in places
    assert "client secret in held: variables of our frames" in places
    assert "identity in log" in places
    assert "keyring in settings: asdict" in places


def _hides(text: str) -> None:
    known: dict[str, str] = {}
    try:
        known[text]
    except KeyError:
        raise ValueError from None


def _prints(text: str) -> None:
    raise ValueError(text)


KEYRING = new_keyring(lambda size: CANARIES["keyring"].encode()[:size].ljust(size, b"k"))
KEYS = [key["k"] for key in json.loads(KEYRING)["keys"]]
PLANTED = {**CANARIES, **{f"key {number}": key for number, key in enumerate(KEYS)}}


@pytest.fixture
def settings_changes(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "client").write_text(CANARIES["client secret"], encoding="utf-8")
    (tmp_path / "keys").write_text(KEYRING, encoding="utf-8")
    return {
        "BFF_OIDC_CLIENT_SECRET": f"file:{tmp_path / 'client'}",
        "BFF_SESSION_KEYS": f"file:{tmp_path / 'keys'}",
        "VAULT_TOKEN": TOKEN,
    }


async def test_a_whole_gatehouse_tells_nothing_whatever_becomes_of_its_secrets(
    house: House, tmp_path: Path
) -> None:
    telling = Telling()
    await _looked_at(house, telling, "a provider that refuses the client")
    # In the middle of being changed, and taken away.
    (tmp_path / "keys").write_text(KEYRING[:-3], encoding="utf-8")
    (tmp_path / "client").unlink()
    house.clock.advance(400)
    await house.gate.secrets.tend()
    await _looked_at(house, telling, "secrets that are away")
    house.clock.advance(1000)
    await house.gate.secrets.tend()
    await _looked_at(house, telling, "secrets beyond their bounds")
    telling.text("metrics", await _scraped(house))

    found = "\n".join(telling.found.values())
    assert telling.places_of(PLANTED) == []
    for event in ("secrets.outage", "secrets.refused", "secrets.over"):
        assert event in found
    assert "secret_unavailable" in found


async def _looked_at(house: House, telling: Telling, when: str) -> None:
    browser = house.browser()
    for path in ("/readyz", "/healthz", "/openapi.json", "/auth/session", "/api/agents"):
        answer = await browser.fetch("GET", path, headers=())
        telling.text(f"{when}: {path}", f"{answer.headers} {answer.text}")
    begun = await browser.navigate("/auth/login?return_to=/")
    telling.text(f"{when}: login", f"{begun.headers} {begun.text}")
    if location := begun.header("location"):
        back = query_of(house.provider.authorize(location))
        landed = await browser.navigate(f"/auth/callback?{back}", cross_site=True)
        telling.text(f"{when}: callback", f"{landed.headers} {landed.text}")
    telling.document(f"{when}: settings", house.gate.settings)
    telling.document(f"{when}: health", house.gate.secrets.health())
    # What httpcore writes of the wire at DEBUG is no line of the product's, which keeps all
    # libraries at WARNING.
    telling.lines(line for line in house.canary.lines if not line.startswith("httpcore."))


async def _scraped(house: House) -> str:
    server = MetricsServer(("127.0.0.1", 0), lambda: house.gate)
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            return (await client.get(f"http://127.0.0.1:{server.port}/metrics")).text
    finally:
        await server.close()


CHANGES = {
    "BFF_OIDC_CLIENT_SECRET": "env:CANARY_CLIENT",
    "CANARY_CLIENT": CANARIES["client secret"],
    "SESSION_KEYS": KEYRING,
    "VAULT_TOKEN": TOKEN,
}


def test_settings_that_are_wrong_are_told_without_the_secrets_in_them() -> None:
    """The mistake that everybody makes once: the secret where its reference should be."""
    telling = Telling()
    mistaken = {
        "BFF_OIDC_CLIENT_SECRET": CANARIES["client secret"],
        "BFF_SESSION_KEYS": KEYRING,
        "BFF_OIDC_CLIENT_KEY": f"vault-kv:{CANARIES['keyring']}",
        "BFF_VAULT_TOKEN": TOKEN,
        "BFF_VAULT_AUTH": CANARIES["wrapping token"],
        "BFF_AWSSM_AGENT_TOKEN": CANARIES["agent token"],
        "BFF_SECRETS_TTL": CANARIES["access token"],
        "VAULT_ADDR": f"https://user:{CANARIES['database password']}@vault.example.org:port",
    }

    with pytest.raises(SettingsError) as raised:
        load_settings(mistaken)
    telling.text("faults", "\n".join(raised.value.faults))
    telling.text("error", f"{raised.value} {raised.value!r}")

    assert telling.places_of(PLANTED) == []


def test_the_command_that_checks_tells_faults_and_no_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    telling = Telling()
    variables = environment(
        tmp_path, issuer="http://127.0.0.1:9", runtime="http://127.0.0.1:9", changes=CHANGES
    )
    broken = {**variables, "SESSION_KEYS": KEYRING[:-3]}
    for name, value in broken.items():
        monkeypatch.setenv(name, value)

    with listening() as canary:
        code = command.main(["check", "--json"])
    shown = capsys.readouterr()
    telling.text("stdout", shown.out)
    telling.text("stderr", shown.err)
    telling.lines(canary.lines)

    assert code != 0
    assert json.loads(shown.out)["faults"]
    assert telling.places_of(PLANTED) == []


def test_a_child_process_inherits_no_canary() -> None:
    left = {**CHANGES, "BFF_SESSION_KEYS": "env:SESSION_KEYS", "PATH": "/bin"}

    whole = taken_over(left)
    shown = subprocess.run(
        ["/usr/bin/env"], env=left, capture_output=True, text=True, check=True, timeout=10
    ).stdout

    assert "PATH=/bin" in shown
    assert [name for name, canary in PLANTED.items() if canary in shown] == []
    assert whole["CANARY_CLIENT"] == CANARIES["client secret"]
