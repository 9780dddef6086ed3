"""Logging in with a JWT (API docs, "JWT/OIDC auth method"), such as a JWT-SVID."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from devstack.vault.errors import bad
from devstack.vault.fields import Document, Fields
from devstack.vault.logins.globs import fits
from devstack.vault.logins.keys import FetchJwks, Key, from_jwks, from_pem
from devstack.vault.logins.role import shown_terms, token_terms
from devstack.vault.logins.verification import (
    ALGORITHMS,
    LEEWAY_S,
    SKEW_S,
    Claims,
    Expected,
    audiences,
    verified,
)
from devstack.vault.request import Operation, Request, Response
from devstack.vault.roles import Roles
from devstack.vault.routes import Route, writes
from devstack.vault.tokens.token import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtRole:
    """Whose tokens count, and what they give."""

    terms: Grant
    expected: Expected
    user_claim: str
    bound_claims: Document
    claims_type: Literal["string", "glob"]
    claim_mappings: Mapping[str, str]

    def shown(self) -> Document:
        """Return the role's fields."""
        return {
            "role_type": "jwt",
            "bound_audiences": list(self.expected.audiences) or None,
            "bound_subject": self.expected.subject,
            "bound_claims": dict(self.bound_claims) or None,
            "bound_claims_type": self.claims_type,
            "claim_mappings": dict(self.claim_mappings) or None,
            "user_claim": self.user_claim,
            "clock_skew_leeway": int(self.expected.skew_s),
            "expiration_leeway": int(self.expected.expiration_s),
            "not_before_leeway": int(self.expected.not_before_s),
            **shown_terms(self.terms),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtConfig:
    """Whose keys count."""

    pems: tuple[str, ...] = ()
    jwks_url: str = ""
    issuer: str = ""
    algorithms: tuple[str, ...] = ALGORITHMS
    default_role: str = ""


@dataclass(slots=True, kw_only=True)
class JwtMethod:
    """One mount of the method."""

    fetch: FetchJwks
    kind: str = "jwt"
    config: JwtConfig | None = None
    roles: Roles[JwtRole] = field(default_factory=lambda: Roles("jwt"))
    open_paths: str = "login"

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        config = {Operation.READ: self._read_config, **writes(self._configure)}
        return (
            Route("config", config),
            *self.roles.routes(self._write_role),
            Route("login", writes(self._login)),
        )

    def exists(self, request: Request) -> bool:
        """Whether the role is there already."""
        return self.roles.exists(request)

    def _configure(self, request: Request, names: Mapping[str, str]) -> None:
        del names
        fields = request.fields
        config = JwtConfig(
            # A PEM text has no commas, but hvac and Terraform send a list anyway.
            pems=fields.texts("jwt_validation_pubkeys"),
            jwks_url=fields.text("jwks_url"),
            issuer=fields.text("bound_issuer"),
            algorithms=fields.texts("jwt_supported_algs") or ALGORITHMS,
            default_role=fields.text("default_role"),
        )
        if bool(config.pems) is bool(config.jwks_url):
            raise bad(
                "exactly one of 'jwt_validation_pubkeys', 'jwks_url', 'jwks_pairs' or "
                "'oidc_discovery_url' must be set"
            )
        if strange := set(config.algorithms) - set(ALGORITHMS):
            raise bad(f"unsupported signing algorithm: {min(strange)}")
        from_pem(config.pems)
        self.config = config

    def _read_config(self, request: Request, names: Mapping[str, str]) -> Response:
        del request, names
        config = self._known()
        data: Document = {
            "bound_issuer": config.issuer,
            "default_role": config.default_role,
            "jwks_url": config.jwks_url,
            "jwt_supported_algs": list(config.algorithms),
            "jwt_validation_pubkeys": list(config.pems),
        }
        return Response(data=data, kind=self.kind)

    def _known(self) -> JwtConfig:
        if self.config is None:
            raise bad("could not load configuration")
        return self.config

    def _write_role(self, request: Request, names: Mapping[str, str]) -> None:
        self.roles[names["name"]] = _role(request.fields)

    def _login(self, request: Request, names: Mapping[str, str]) -> Response:
        del names
        config, fields = self._known(), request.fields
        name = fields.text("role") or config.default_role
        if not name:
            raise bad("missing role")
        role = self.roles[name]
        if role is None:
            raise bad(f'role "{name}" could not be found')
        if not fields.text("jwt"):
            raise bad("missing token")
        expected = replace(role.expected, issuer=config.issuer, algorithms=config.algorithms)
        claims = verified(fields.text("jwt"), self._keys(config), expected, now=request.now)
        return Response(grant=_grant(name, role, claims), kind=self.kind)

    def _keys(self, config: JwtConfig) -> tuple[Key, ...]:
        if config.pems:
            return from_pem(config.pems)
        return from_jwks(self.fetch(config.jwks_url))


def _role(fields: Fields) -> JwtRole:
    if fields.text("role_type", "jwt") != "jwt":
        raise bad("only roles of role_type 'jwt' are served here")
    if not fields.text("user_claim"):
        raise bad("a user claim must be defined on the role")
    bound = fields.mapping("bound_claims")
    expected = Expected(
        subject=fields.text("bound_subject"),
        audiences=fields.texts("bound_audiences"),
        skew_s=_leeway(fields, "clock_skew_leeway", SKEW_S),
        expiration_s=_leeway(fields, "expiration_leeway", LEEWAY_S),
        not_before_s=_leeway(fields, "not_before_leeway", LEEWAY_S),
    )
    if not (expected.subject or expected.audiences or bound):
        # What Vault insists on, so that not every token of an issuer is as good as any other.
        raise bad("must have at least one bound constraint when creating/updating a role")
    kind = fields.text("bound_claims_type", "string")
    if kind not in {"string", "glob"}:
        raise bad(f"invalid 'bound_claims_type': {kind}")
    mappings = fields.mapping("claim_mappings")
    return JwtRole(
        terms=token_terms(fields),
        expected=expected,
        user_claim=fields.text("user_claim"),
        bound_claims=bound,
        claims_type="glob" if kind == "glob" else "string",
        claim_mappings={claim: str(name) for claim, name in mappings.items()},
    )


def _leeway(fields: Fields, name: str, default: float) -> float:
    # 0 is "unset"; none at all is asked for by a negative number.
    return max(0.0, fields.seconds(name) or default)


def _grant(name: str, role: JwtRole, claims: Claims) -> Grant:
    if audiences(claims) and not role.expected.audiences:
        raise bad("audience claim found in JWT but no audiences bound to the role")
    user = claims.get(role.user_claim)
    if user is None:
        raise bad(f'claim "{role.user_claim}" not found in token')
    if not isinstance(user, str):
        raise bad(f'claim "{role.user_claim}" could not be converted to string')
    for claim, wanted in role.bound_claims.items():
        _check_bound(claim, wanted, claims, role.claims_type)
    mapped = {
        to: str(claims[claim]) for claim, to in role.claim_mappings.items() if claim in claims
    }
    return replace(role.terms, display_name=user, alias=user, metadata={"role": name, **mapped})


def _check_bound(claim: str, wanted: object, claims: Claims, kind: str) -> None:
    held = claims.get(claim)
    if held is None:
        raise bad(f'error validating claims: claim "{claim}" is missing')
    if not any(_matches(one, want, kind) for one in _listed(held) for want in _listed(wanted)):
        raise bad(
            f'error validating claims: claim "{claim}" does not match any associated bound '
            "claim values"
        )


def _listed(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _matches(held: object, wanted: object, kind: str) -> bool:
    if kind == "glob" and isinstance(held, str) and isinstance(wanted, str):
        return fits(held, wanted)
    return type(held) is type(wanted) and held == wanted
