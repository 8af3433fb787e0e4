"""A real S3 server on loopback, in a process of its own."""

import contextlib
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx

from rushes.domain.media import Bucket
from rushes.storage.remote import S3Options, s3_storage
from rushes.storage.sigv4 import AccessKey
from rushes.storage.store import Storage

KEY = AccessKey(key_id="AKIATESTS", secret="a secret of the tests")
REGION = "eu-central-1"

_RUNNING = re.compile(r"Running on (http://127\.0\.0\.1:\d+)")


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """The address of a server without any bucket."""
    with subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            running = next(found for line in process.stderr if (found := _RUNNING.search(line)))
            # Its log must not fill the pipe.
            reader = threading.Thread(target=process.stderr.read)
            reader.start()
            yield running[1]
        finally:
            process.terminate()
    reader.join()


def fresh_s3_storage(url: str, **options: Any) -> Storage:
    """A store of the test's own on the server."""
    names = {bucket: f"{uuid4()}-{bucket}" for bucket in Bucket}
    make_buckets(url, *names.values())
    return s3_storage(names, S3Options(**{"region": REGION, "key": KEY, "endpoint": url} | options))


def make_buckets(url: str, *names: str) -> None:
    """Make empty buckets on the server."""
    for name in names:
        httpx.put(f"{url}/{name}", content=_in_region()).raise_for_status()


def _in_region() -> bytes:
    where = f"<LocationConstraint>{REGION}</LocationConstraint>"
    return f"<CreateBucketConfiguration>{where}</CreateBucketConfiguration>".encode()
