"""AssumeRoleWithWebIdentity through the whole program: the provider's keys are really fetched."""

import json
import time
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError
from joserfc import jwt
from joserfc.jwk import ECKey

KEY = ECKey.generate_key("P-256", {"kid": "1"})
ROLE = "arn:aws:iam::123456789012:role/gatehouse-invoke-hello"


@pytest.fixture(scope="module")
def issuer() -> Generator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages = {
                "/.well-known/openid-configuration": {"jwks_uri": f"{found}/jwks"},
                "/jwks": {"keys": [KEY.as_dict(private=False)]},
            }
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(pages[self.path]).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def sts(start: Any, issuer: str) -> Generator[Any]:
    with start("--spares", "0", "--idp-issuer", issuer) as gateway:
        nobody = SimpleNamespace(access_key_id="x", secret_access_key="x", session_token=None)
        yield gateway.client("sts", nobody, signature_version=UNSIGNED)


def code(sts: Any, issuer: str, *, key: ECKey = KEY, audience: str = "gatehouse") -> str:
    """Return the code with which a person's token is refused."""
    now = int(time.time())  # noqa: TID251 the program under test has the machine's clock
    claims = {"iss": issuer, "sub": "alice", "aud": audience, "iat": now, "exp": now + 60}
    token = jwt.encode({"alg": "ES256", "kid": "1"}, claims, key)
    with pytest.raises(ClientError) as error:
        sts.assume_role_with_web_identity(
            RoleArn=ROLE, RoleSessionName="alice", WebIdentityToken=token
        )
    return str(error.value.response["Error"]["Code"])


def test_a_good_token_is_believed_but_the_role_trusts_only_the_bff(sts: Any, issuer: str) -> None:
    assert code(sts, issuer) == "AccessDenied"


def test_a_forged_token_is_not(sts: Any, issuer: str) -> None:
    forged = ECKey.generate_key("P-256", {"kid": "1"})

    assert code(sts, issuer, key=forged) == "InvalidIdentityToken"


def test_a_token_for_another_client_is_not(sts: Any, issuer: str) -> None:
    assert code(sts, issuer, audience="somebody-else") == "InvalidIdentityToken"


def test_a_token_of_another_issuer_is_not(sts: Any) -> None:
    assert code(sts, "http://127.0.0.1:9") == "InvalidIdentityToken"
