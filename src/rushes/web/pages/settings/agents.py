"""Saying in a few words which browser a session belongs to, from what that says of itself."""

from collections.abc import Mapping

_LONGEST = 60

# Each names itself last, beside those that it wants to be taken for: so the order counts.
_BROWSERS: Mapping[str, str] = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS: Mapping[str, str] = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def name_agent(user_agent: str | None) -> str:
    """Return such words as "Firefox on Linux", or the beginning of what a program calls itself."""
    if not user_agent:
        return "An unnamed program"
    browser = next((name for mark, name in _BROWSERS.items() if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), None)
    if browser is None:
        return user_agent[:_LONGEST]
    return f"{browser} on {system}" if system else browser
