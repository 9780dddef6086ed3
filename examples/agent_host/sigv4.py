"""Signs HTTP requests with the agent's own credentials (Signature Version 4)."""

from collections.abc import Generator

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, RefreshableCredentials


class SigV4(httpx.Auth):
    """Signs each request, with credentials that may have been renewed since the last one."""

    requires_request_body = True

    def __init__(
        self, credentials: Credentials | RefreshableCredentials, *, service: str, region: str
    ) -> None:
        """Sign for one service in one region."""
        self._credentials = credentials
        self._service = service
        self._region = region

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign the request as it is."""
        signed = AWSRequest(
            method=request.method,
            url=str(request.url),
            data=request.content,
            # Only what no connection on the way changes.
            headers={"content-type": request.headers.get("content-type", "application/json")},
        )
        frozen = self._credentials.get_frozen_credentials()
        SigV4Auth(frozen, self._service, self._region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request
