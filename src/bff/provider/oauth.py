"""The parts of OAuth that Authlib spells for us, with types put on: requests, not I/O."""

# Authlib carries no types of its own; this file is where they begin.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from trust.secret import Secret


def challenge_of(verifier: Secret) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636 §4.2)."""
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    return str(create_s256_code_challenge(verifier.reveal()))


def code_form(code: Secret, *, redirect_uri: str, verifier: Secret) -> str:
    """Return the form that spends a code (RFC 6749 §4.1.3, RFC 7636 §4.5)."""
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    return str(
        prepare_token_request(
            "authorization_code",
            redirect_uri=redirect_uri,
            code=code.reveal(),
            code_verifier=verifier.reveal(),
        )
    )


def refresh_form(refresh_token: Secret) -> str:
    """Return the form that spends a refresh token (RFC 6749 §6)."""
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    return str(prepare_token_request("refresh_token", refresh_token=refresh_token.reveal()))
