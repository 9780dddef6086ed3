"""AWS STS's wire form (Query API, version 2011-06-15): what it answers, word for word."""

from datetime import UTC, datetime

from fakes.loopback import Reply

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_XML = "text/xml"

ACCESS_KEY_ID = "ASIAIOSFODNN7EXAMPLE"
SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"
SESSION_TOKEN = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW"


def sts_credentials(action: str, *, expires_at: int) -> Reply:
    """Return the answer to `AssumeRole` or `AssumeRoleWithWebIdentity`."""
    expiration = datetime.fromtimestamp(expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = f"""<{action}Response xmlns="{_NAMESPACE}">
  <{action}Result>
    <AssumedRoleUser>
      <AssumedRoleId>ARO123EXAMPLE123:acme.alice</AssumedRoleId>
      <Arn>arn:aws:sts::123456789012:assumed-role/gatehouse-invoke-hello/acme.alice</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>{ACCESS_KEY_ID}</AccessKeyId>
      <SecretAccessKey>{SECRET_ACCESS_KEY}</SecretAccessKey>
      <SessionToken>{SESSION_TOKEN}</SessionToken>
      <Expiration>{expiration}</Expiration>
    </Credentials>
    <PackedPolicySize>42</PackedPolicySize>
  </{action}Result>
  <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
</{action}Response>"""
    return Reply(body=body.encode(), content_type=_XML)


def sts_error(code: str, *, status: int, message: str = "AWS's own words") -> Reply:
    """Return an error."""
    fault = "Sender" if status < 500 else "Receiver"
    body = f"""<ErrorResponse xmlns="{_NAMESPACE}">
  <Error><Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message></Error>
  <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>
</ErrorResponse>"""
    return Reply(status=status, body=body.encode(), content_type=_XML)
