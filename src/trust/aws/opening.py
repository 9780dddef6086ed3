"""From the environment, and a wire, to AWS: whose calls these are, and where they go."""

from collections.abc import Mapping
from dataclasses import dataclass

from trust.aws.caller import Caller
from trust.aws.dynamodb import answer as dynamodb
from trust.aws.dynamodb.table import PATIENCE as TABLE_PATIENCE
from trust.aws.dynamodb.table import DynamoDbTable
from trust.aws.endpoints import Api, endpoint
from trust.aws.environment import credentials_in
from trust.aws.identity import FixedIdentity, Identity, RenewedIdentity
from trust.aws.retry import CodeOf, Patience
from trust.aws.signer import Scope
from trust.aws.signing import Place
from trust.aws.sts import answer as sts
from trust.aws.sts.vendor import PATIENCE as GRANT_PATIENCE
from trust.clock import Clock
from trust.wire.call import Wire


def open_identity(environment: Mapping[str, str], clock: Clock) -> Identity:
    """Return whose credentials this process has; nothing is asked yet."""
    found = credentials_in(environment)
    if found is not None:
        return FixedIdentity(found)
    from trust.aws.botocore import CredentialChain

    return RenewedIdentity(CredentialChain(clock).fetch, clock)


def place_of(api: Api, region: str, environment: Mapping[str, str]) -> Place:
    """Return where an API is in a region. Raises SettingsError."""
    return Place(
        endpoint=endpoint(api, region, environment), scope=Scope(region=region, service=api)
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Region:
    """AWS in one region, as this process calls it; the wire is not this one's to close."""

    name: str
    environment: Mapping[str, str]
    wire: Wire
    identity: Identity
    clock: Clock

    def table(self, name: str) -> DynamoDbTable:
        """Return a table in DynamoDB; nothing is asked yet. Raises SettingsError."""
        caller = self._caller("dynamodb", TABLE_PATIENCE, dynamodb.code_of)
        return DynamoDbTable(caller=caller, name=name)

    def sts(self) -> Caller:
        """Return who calls the region's own STS; nothing is asked yet. Raises SettingsError."""
        return self._caller("sts", GRANT_PATIENCE, sts.code_of)

    def _caller(self, api: Api, patience: Patience, code_of: CodeOf) -> Caller:
        return Caller(
            wire=self.wire,
            identity=self.identity,
            place=place_of(api, self.name, self.environment),
            patience=patience,
            code_of=code_of,
            clock=self.clock,
        )
