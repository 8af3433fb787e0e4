"""The form of web addresses that people and programs give."""

from urllib.parse import urlsplit


def is_web_address(url: str) -> bool:
    """Tell whether a text has the form of an http or https address without blanks; nothing is looked up."""
    if not url.startswith(("http://", "https://")) or not url.isascii() or not url.isprintable():
        return False
    if " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
