"""Where a form leads when it is done: back to the page that it was sent from."""

from urllib.parse import urlsplit

from fastapi import Request


def came_from(request: Request, *, otherwise: str = "/jobs") -> str:
    """Return path and query of the page of ours that the request was made from.

    A browser names it in `Referer`; where that is missing or another site's, it is `otherwise`.
    """
    address = urlsplit(request.headers.get("referer", ""))
    if address.netloc != request.headers.get("host") or not address.path:
        return otherwise
    return local_path(f"{address.path}?{address.query}" if address.query else address.path, otherwise)


def local_path(path: str, otherwise: str = "/jobs") -> str:
    """Return a path of this site as it is, and `otherwise` for anything that leads elsewhere."""
    # Two slashes, or a slash and a backslash, are the start of another site's address to a browser.
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_local else otherwise
