"""What a login can fail of: at the provider, on the way back, or in the tokens."""

from trust.errors import LoginError


class AttemptUnknown(LoginError):
    """The callback belongs to no login that this browser began, or to one that is too old."""

    code, title = "login_attempt_unknown", "This login was not started here, or took too long."


class ResponseMalformed(LoginError):
    """A parameter of the callback is missing or came twice (RFC 6749 §3.1)."""

    code, title = "login_response_malformed", "The login service's answer is not understood."


class IssuerMismatch(LoginError):
    """The answer names another provider than the one that was asked (RFC 9207 §2.4)."""

    code, title = "login_issuer_mismatch", "The login's answer comes from somewhere else."


class ProviderUnknown(LoginError):
    """The issuer is none of the app's providers, or is not any more."""

    code, title = "provider_unknown", "This login service is not known here."


class LoginRefused(LoginError):
    """The provider, or the person at it, said no (RFC 6749 §4.1.2.1)."""

    code, title = "login_refused", "The login was cancelled or refused."


class InteractionRequired(LoginError):
    """A silent login is not possible now (`prompt=none`, OpenID Connect Core §3.1.2.6)."""

    code, status = "login_interaction_required", 401
    title = "You have to log in yourself this time."


class CodeRejected(LoginError):
    """The provider did not take the code."""

    code, title = "login_code_rejected", "The login could not be completed. Please start again."


class IdTokenInvalid(LoginError):
    """The ID token does not prove what it has to (OpenID Connect Core §3.1.3.7)."""

    code, title = "login_token_invalid", "The login could not be verified."


class SigningKeyUnknown(IdTokenInvalid):
    """The ID token is signed with a key that the provider's key set does not have (yet)."""


class TenantClaimMissing(LoginError):
    """The ID token names no tenant."""

    code, status = "tenant_claim_missing", 403
    title = "Your account belongs to no organisation of this application."


class TenantMismatch(LoginError):
    """The person belongs to another tenant than the one that they wanted to log in to."""

    code, status = "tenant_mismatch", 403
    title = "Your account belongs to another organisation."


class ReturnPathRefused(LoginError):
    """`return_to` is not a path of this application."""

    code, title = "return_to_invalid", "The address to return to is not allowed."


class ParameterRepeated(LoginError):
    """A parameter of the login came twice: two readers would see two logins."""

    code, title = "parameter_repeated", "A parameter of the login came twice."


class DemandMalformed(LoginError):
    """`acr_values` or `max_age` is not of the form of OpenID Connect Core §3.1.2.1."""

    code, title = "step_up_invalid", "The login was asked for in an unknown way."


class StepUpNotMet(LoginError):
    """The person did not authenticate as strongly, or as freshly, as was asked for."""

    code, status = "step_up_not_met", 403
    title = "This needs a stronger or a fresh login, and that did not take place."


class OtherSubject(LoginError):
    """Somebody else answered than the one whose session was to go on."""

    code, status = "login_other_subject", 403
    title = "Somebody else logged in. Your own login goes on as before."


class PromptRefused(LoginError):
    """`prompt` is none of the values of OpenID Connect Core §3.1.2.1."""

    code, title = "prompt_invalid", "The login was asked for in an unknown way."
