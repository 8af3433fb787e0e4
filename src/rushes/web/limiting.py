"""How often somebody may try to sign in or up, counted in this process."""

import time
from dataclasses import dataclass
from math import ceil

from fastapi import Request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from rushes.domain.accounts import EMAIL_MAX_CHARACTERS
from rushes.errors import Limited


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRules:
    """The most tries in a minute, by email address and by network address."""

    logins_per_email: int = 10
    logins_per_address: int = 60
    registrations_per_email: int = 5
    registrations_per_address: int = 30


class RateLimits:
    """Counts tries in moving windows."""

    def __init__(self, rules: RateRules) -> None:
        """Begin with nothing counted."""
        self._login_email = RateLimitItemPerMinute(rules.logins_per_email, namespace="login-email")
        self._login_address = RateLimitItemPerMinute(rules.logins_per_address, namespace="login-address")
        self._register_email = RateLimitItemPerMinute(
            rules.registrations_per_email, namespace="register-email"
        )
        self._register_address = RateLimitItemPerMinute(
            rules.registrations_per_address, namespace="register-address"
        )
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count_login(self, request: Request, email: str) -> None:
        """Count a try to sign in.

        Raises:
            Limited: There were too many, for this account or from this address.
        """
        self._count(self._login_address, _address(request))
        self._count(self._login_email, _account(email))

    def count_registration(self, request: Request, email: str) -> None:
        """Count a try to sign up.

        Raises:
            Limited: There were too many, for this email address or from this network address.
        """
        self._count(self._register_address, _address(request))
        self._count(self._register_email, _account(email))

    def _count(self, rule: RateLimitItem, who: str) -> None:
        if self._limiter.hit(rule, who):
            return
        window = self._limiter.get_window_stats(rule, who)
        raise Limited(retry_after_seconds=max(1, ceil(window.reset_time - time.time())))


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def _account(email: str) -> str:
    # No account's address is longer: a counter of strangers' making must stay small.
    return email[:EMAIL_MAX_CHARACTERS].lower()
