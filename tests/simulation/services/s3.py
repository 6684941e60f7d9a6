"""S3: objects by bucket and key, read as they were last written."""

import io
from typing import Any

from tests.simulation.services.calls import Calls, error


class S3:
    """The client. `objects`: (bucket, key) -> bytes."""

    def __init__(self, calls: Calls) -> None:
        self._calls, self.objects = calls, {}

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_: Any) -> dict[str, Any]:
        """Write an object."""

        def effect() -> dict[str, Any]:
            self.objects[Bucket, Key] = Body
            self._calls.wrote()
            return {}

        return self._calls.make("s3", "PutObject", effect)

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        """Read an object. Raises NoSuchKey."""

        def effect() -> dict[str, Any]:
            if (Bucket, Key) not in self.objects:
                raise error("NoSuchKey", "GetObject")
            return {"Body": io.BytesIO(self.objects[Bucket, Key])}

        return self._calls.make("s3", "GetObject", effect)
