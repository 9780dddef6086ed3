"""What the tests of AWS's keepers share: boto3's models, read once."""

import pytest
from botocore.loaders import Loader, create_loader


@pytest.fixture(scope="session")
def _models() -> Loader:
    return create_loader()


@pytest.fixture
def models_read_once(_models: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give all sessions of boto3 one memory of its models.

    An identity that ran out makes another session, which would read all of them from the disk.
    """

    def one_for_all(_search_path: str | None) -> Loader:
        return _models

    monkeypatch.setattr("botocore.session.create_loader", one_for_all)
