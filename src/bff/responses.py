"""Answers that several routes give in the same form."""

from fastapi import Request
from fastapi.responses import Response

from proxy.request import request_id
from trust.errors import TrustError
from trust.problem import problem_body, problem_headers


def problem_response(request: Request, error: TrustError) -> Response:
    """Return the problem document for `error`."""
    body = problem_body(error, request_id=request_id(request.scope))
    return Response(body, status_code=error.status, headers=problem_headers(error))
