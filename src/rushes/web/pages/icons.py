"""The icons of the pages, drawn from Lucide; a name that Lucide lacks stops the server's start."""

from collections.abc import Mapping

from lucide.jinja import lucide
from markupsafe import Markup

NAMES = (
    "audio-lines",
    "ban",
    "braces",
    "captions",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "circle-check",
    "circle-pause",
    "circle-x",
    "clapperboard",
    "clock",
    "cloud-upload",
    "copy",
    "download",
    "ellipsis",
    "external-link",
    "eye",
    "file-text",
    "film",
    "folder",
    "folder-input",
    "gauge",
    "grid-2x2",
    "grid-3x3",
    "image",
    "image-plus",
    "info",
    "key-round",
    "layers",
    "library",
    "link",
    "loader",
    "lock",
    "log-out",
    "monitor",
    "moon",
    "pause",
    "pencil",
    "play",
    "plus",
    "refresh-cw",
    "repeat",
    "rotate-ccw",
    "scaling",
    "scan-search",
    "scissors",
    "search",
    "send",
    "settings",
    "sparkles",
    "square-split-horizontal",
    "star",
    "step-back",
    "step-forward",
    "trash-2",
    "wand-sparkles",
    "webhook",
    "x",
)


_ATTRIBUTES = {"class": "icon", "aria-hidden": "true"}


def load_icons() -> Mapping[str, Markup]:
    """Return each icon as inline SVG; it is decoration, so assistive technology passes it over.

    Raises:
        lucide.IconDoesNotExist: The installed Lucide has no such icon.
    """
    return {name: Markup(lucide(name, size=None, **_ATTRIBUTES)) for name in NAMES}  # noqa: S704  # shipped drawings
