"""The one error that the local AWS answers with; each protocol dresses it in its own way."""


class AwsError(Exception):
    """A refusal as AWS words it: `code` is what SDKs branch on, `message` is for people."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.message = message
