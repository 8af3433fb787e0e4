import io
import zipfile
from pathlib import Path

import pytest

from rushes.engines.probing.polyglots import require_one_type
from rushes.errors import MediaRejected
from tests.engines import hostile


def archive(comment: bytes = b"") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("a.txt", "text")
        file.comment = comment
    return content.getvalue()


def with_behind(path: Path, content: bytes) -> Path:
    hostile.picture(path)
    path.write_bytes(path.read_bytes() + content)
    return path


@pytest.mark.parametrize(
    "content", [archive(), archive() + b"more", archive(b"PK\x05\x06" + bytes(30)), archive(b"a comment")]
)
def test_picture_with_an_archive_behind_it_is_refused(tmp_path: Path, content: bytes) -> None:
    path = with_behind(tmp_path / "a.png", content)

    with pytest.raises(MediaRejected, match="something else besides"):
        require_one_type(path)


def test_picture_whose_archive_counts_from_the_file_s_begin_is_refused(tmp_path: Path) -> None:
    path = hostile.picture(tmp_path / "a.png")
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("a.txt", "text")

    with pytest.raises(MediaRejected, match="something else besides"):
        require_one_type(path)


@pytest.mark.parametrize("count", [1, 100])
def test_bytes_that_an_archive_s_end_begins_with_are_no_archive(tmp_path: Path, count: int) -> None:
    path = with_behind(tmp_path / "a.png", count * (b"PK\x05\x06" + bytes(30)))

    require_one_type(path)
