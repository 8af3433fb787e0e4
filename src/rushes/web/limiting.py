"""How often somebody may do what costs something, counted in this process."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil

from fastapi import Request

from rushes.domain.accounts import EMAIL_MAX_CHARACTERS
from rushes.errors import Limited
from rushes.web.moving_window import MovingWindow

_VISITOR_BITS = 64
"""How much of an IPv6 address tells visitors apart."""

_GUESSES = 60
"""Links that do not exist, by network address: there are 2⁴⁰ of them."""


class Rate(StrEnum):
    """What is counted; the name is also that of its rule and of its setting."""

    LOGINS = "logins"
    REGISTRATIONS = "registrations"
    PASSWORDS = "passwords"
    UPLOADS = "uploads"
    SUBMITS = "submits"
    PROMPTS = "prompts"
    WEBHOOKS = "webhooks"
    WEBHOOK_TESTS = "webhook_tests"
    CALLBACKS = "callbacks"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRules:
    """The most tries in a minute by one account; one network address has `address_factor` times as many.

    All addresses of an IPv6 network of 64 bits count as one.
    A sign-in or registration counts for the email address that it names, a callback for its attempt.
    """

    logins: int = 10
    registrations: int = 5
    passwords: int = 10
    uploads: int = 120
    submits: int = 300
    prompts: int = 60
    webhooks: int = 60
    webhook_tests: int = 20
    callbacks: int = 600
    address_factor: int = 6

    def of(self, rate: Rate) -> int:
        """Return how often in a minute an account may."""
        return getattr(self, rate)


class RateLimits:
    """Counts tries in moving windows."""

    def __init__(self, rules: RateRules) -> None:
        """Begin with nothing counted."""
        self.rules = rules
        self._window = MovingWindow()

    def count(self, rate: Rate, request: Request, who: str) -> None:
        """Count a try of an account, or of whatever `who` stands for, from the request's network address.

        Raises:
            Limited: There were too many, of this account or from this address.
        """
        most = self.rules.of(rate)
        self._count(f"{rate}-address {_address(request)}", most * self.rules.address_factor)
        self._count(f"{rate} {who}", most)

    def count_login(self, request: Request, email: str) -> None:
        """Count a try to sign in.

        Raises:
            Limited: There were too many, for this account or from this address.
        """
        self.count(Rate.LOGINS, request, _account(email))

    def count_registration(self, request: Request, email: str) -> None:
        """Count a try to sign up.

        Raises:
            Limited: There were too many, for this email address or from this network address.
        """
        self.count(Rate.REGISTRATIONS, request, _account(email))

    def require_guesses_left(self, request: Request) -> None:
        """Refuse whoever has just followed many links that do not exist: he guesses.

        Raises:
            Limited: There were too many from this address.
        """
        _require_no_wait(self._window.wait(_guesses(request), most=_GUESSES))

    def count_guess(self, request: Request) -> None:
        """Count a link that does not exist."""
        self._window.hit(_guesses(request), most=_GUESSES)

    def count_report(self, request: Request) -> None:
        """Count a report of what a link leads to; nobody has to be signed in to make one.

        Raises:
            Limited: There were too many from this address.
        """
        self._count(f"reports-address {_address(request)}", self.rules.address_factor)

    def _count(self, key: str, most: int) -> None:
        _require_no_wait(self._window.hit(key, most=most))


def _require_no_wait(seconds: float | None) -> None:
    if seconds is not None:
        raise Limited(retry_after_seconds=max(1, ceil(seconds)))


def _guesses(request: Request) -> str:
    return f"share-guesses {_address(request)}"


def _address(request: Request) -> str:
    host = request.client.host if request.client else "unknown"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    # One visitor has a whole network of these to come from (RFC 6177), and would count as many.
    return str(address.ipv4_mapped or IPv6Network((int(address), _VISITOR_BITS), strict=False))


def _account(email: str) -> str:
    # No account's address is longer: a counter of strangers' making must stay small.
    return email[:EMAIL_MAX_CHARACTERS].lower()
