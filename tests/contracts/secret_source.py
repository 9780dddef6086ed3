"""What everything that keeps secrets has to do."""

import logging
import traceback

import pytest

from trust.secret import Secret
from trust.secrets.reference import Reference
from trust.secrets.source import SecretSource, SecretUnavailable

VALUE = "correct-horse-battery"


class SecretSourceContract:
    """Needs fixtures `source`, `there` (which names VALUE) and `missing` (which names nothing)."""

    async def test_a_secret_is_read(self, source: SecretSource, there: Reference) -> None:
        assert await source.read(there) == Secret(VALUE)

    async def test_a_secret_is_read_again(self, source: SecretSource, there: Reference) -> None:
        assert await source.read(there) == await source.read(there)

    async def test_a_secret_that_is_not_there_is_unavailable_by_name(
        self, source: SecretSource, missing: Reference
    ) -> None:
        with pytest.raises(SecretUnavailable) as unavailable:
            await source.read(missing)

        assert missing.path in str(unavailable.value)
        assert unavailable.value.status == 503

    async def test_nothing_that_was_read_is_logged(
        self, source: SecretSource, there: Reference, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            await source.read(there)

        ours = [record for record in caplog.records if record.name.startswith("gatehouse")]
        assert VALUE not in "".join(record.getMessage() for record in ours)

    async def test_a_traceback_does_not_quote_a_secret(
        self, source: SecretSource, missing: Reference
    ) -> None:
        with pytest.raises(SecretUnavailable) as unavailable:
            await source.read(missing)

        assert VALUE not in "".join(traceback.format_exception(unavailable.value))
