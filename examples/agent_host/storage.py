"""Where notes and conversations lie: in S3 by the data grant, else in this process's memory."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from strands.storage import InMemoryStorage, S3Storage
from strands.types.exceptions import StorageError

from agent_host.data_grant import DataGrant

_CLIENT = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 3})
_process_memory = InMemoryStorage()

DataStorage = InMemoryStorage | S3Storage


class GrantStorage(S3Storage):
    """S3 objects under the grant's prefix, with the grant's credentials and no others."""

    def __init__(self, grant: DataGrant) -> None:
        """Use the grant; nothing is called yet. `AWS_ENDPOINT_URL` is honoured as usual."""
        from boto3.session import Session

        session = Session(
            aws_access_key_id=grant.access_key_id,
            aws_secret_access_key=grant.secret_access_key,
            aws_session_token=grant.session_token,
            region_name=grant.region,
        )
        super().__init__(
            grant.bucket,
            # The base class ends it with a slash of its own.
            prefix=grant.prefix.removesuffix("/"),
            boto_session=session,
            boto_client_config=_CLIENT,
        )

    async def read(self, key: str) -> bytes | None:
        """Read an object; None where there is none. Raises StorageError.

        S3 answers 403, not 404, for a missing object to whoever may not list the whole bucket,
        and the grant allows listing under its prefix alone. So the list decides what a 403 means.
        """
        try:
            return await super().read(key)
        except StorageError as error:
            if _status(error.__cause__) == HTTPStatus.FORBIDDEN and key not in await self.list(key):
                return None
            raise


def storage_for(grant: DataGrant | None) -> DataStorage:
    """Return where this request's data lies."""
    return _process_memory if grant is None else GrantStorage(grant)


def _status(cause: BaseException | None) -> int | None:
    if not isinstance(cause, ClientError):
        return None
    metadata: Mapping[str, Any] = cause.response.get("ResponseMetadata", {})
    return metadata.get("HTTPStatusCode")
