"""The icons of the pages, drawn from Lucide; a name that Lucide lacks stops the server's start."""

from collections.abc import Mapping

from lucide.jinja import lucide
from markupsafe import Markup

NAMES = (
    "ban",
    "circle-check",
    "circle-pause",
    "circle-x",
    "clapperboard",
    "clock",
    "download",
    "film",
    "gauge",
    "image",
    "info",
    "layers",
    "library",
    "loader",
    "log-out",
    "moon",
    "refresh-cw",
    "scan-search",
    "settings",
    "sparkles",
    "x",
)


_ATTRIBUTES = {"class": "icon", "aria-hidden": "true"}


def load_icons() -> Mapping[str, Markup]:
    """Return each icon as inline SVG; it is decoration, so assistive technology passes it over.

    Raises:
        lucide.IconDoesNotExist: The installed Lucide has no such icon.
    """
    return {name: Markup(lucide(name, size=None, **_ATTRIBUTES)) for name in NAMES}  # noqa: S704  # shipped drawings
