"""Files that are taken for a picture and a film, and where they end up."""

from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 100
MP4 = b"\0\0\0\x18ftypisom\0\0\0\0isomiso2" + b"film" * 100


def stored(folder: Path) -> list[Path]:
    """The files that an object store holds."""
    return [path for path in folder.rglob("*") if path.is_file()]
