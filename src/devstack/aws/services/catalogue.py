"""The services that a store stands behind."""

from collections.abc import Mapping

from devstack.aws.kms.keys import Keys
from devstack.aws.moto import Store
from devstack.aws.place import Place
from devstack.aws.services import secretsmanager, ssm
from devstack.aws.services.document import text
from devstack.aws.services.dynamodb.service import DynamoDb
from devstack.aws.services.jsonrpc import SECRETS_MANAGER, SSM, JsonService, looked_up
from devstack.aws.services.kms import Kms
from devstack.aws.services.s3.service import S3
from devstack.aws.services.service import Service


def stored_services(store: Store, keys: Keys, place: Place) -> Mapping[str, Service]:
    """Return the services by their name in a signature's scope."""

    def arn_of(secret: str) -> str | None:
        found = looked_up(store, SECRETS_MANAGER, "DescribeSecret", {"SecretId": secret})
        return None if found is None else text(found, "ARN")

    return {
        "dynamodb": DynamoDb(store=store, place=place),
        "kms": Kms(keys=keys, place=place),
        "s3": S3(store=store, place=place),
        "secretsmanager": JsonService(
            protocol=SECRETS_MANAGER,
            store=store,
            derive=lambda operation, body: secretsmanager.requests(operation, body, place, arn_of),
        ),
        "ssm": JsonService(
            protocol=SSM,
            store=store,
            derive=lambda operation, body: ssm.requests(operation, body, place),
        ),
    }
