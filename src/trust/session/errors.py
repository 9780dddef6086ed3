"""What can be wrong about being logged in."""

from trust.errors import AccessError, LoginError, RequestError, TrustError, UpstreamError


class NotLoggedIn(AccessError):
    """There is no such session: never was, has ended, or the cookie is not ours."""

    code, status, title = "not_logged_in", 401, "You are not logged in."


class CookieAbsent(NotLoggedIn):
    """The request has no session cookie, so there is none to be taken from the browser."""


class AuthenticationInsufficient(AccessError):
    """The person has not authenticated as strongly, or as lately, as this takes (RFC 9470 §3)."""

    code, status = "insufficient_user_authentication", 401
    title = "This needs a stronger or a fresher login."

    def __init__(self, detail: str, *, login_url: str) -> None:
        super().__init__(detail)
        self.login_url = login_url


class CookieAmbiguous(RequestError):
    """The session cookie came twice; which one is ours cannot be told."""

    code, status, title = "cookie_ambiguous", 400, "The session cookie was sent more than once."


class CookiesTooLarge(RequestError):
    """The Cookie header is too long to be read: somebody has filled the jar."""

    code, status = "cookies_too_large", 431
    title = "The browser sent too many cookies for this site. Please delete them, and try again."


class AttemptUsed(LoginError):
    """This login attempt has already led to a session: a replayed callback."""

    code, title = "login_attempt_used", "This login was already completed. Please start again."


class AuthenticationTooOld(LoginError):
    """The person authenticated before a cutoff: all of that was declared void."""

    code, status = "login_too_old", 401
    title = "Your earlier login was ended. Please log in with your password again."


class LoggedOutMeanwhile(LoginError):
    """The provider ended the login while it was on its way here."""

    code, status = "logged_out_meanwhile", 401
    title = "You were logged out while you logged in. Please log in again."


class ProviderUnavailable(UpstreamError):
    """The identity provider cannot be asked; the session stays as it is."""

    code, status = "provider_unavailable", 503
    title = "The login service cannot be reached. Please try again."
    retry_after = 5


class RefreshRejected(UpstreamError):
    """The provider will never accept this refresh token again (`invalid_grant`, RFC 6749 §5.2)."""

    code, status, title = "refresh_rejected", 401, "Your login has ended."


def is_ended(error: TrustError) -> bool:
    """Tell whether the browser holds a session cookie for nothing.

    Where none was sent, none is to be taken: another tab may have been given one just now.
    """
    return isinstance(error, NotLoggedIn) and not isinstance(error, CookieAbsent)
