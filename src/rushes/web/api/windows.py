"""How far measurements look back."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

Window = Literal["1h", "24h", "7d", "30d"]

WINDOWS: Mapping[Window, timedelta] = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
