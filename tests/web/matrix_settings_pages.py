"""What the settings and the pages of links answer to whom."""

from typing import Any

from tests.web.matrix_routes import WRONG, Route, Visitor, at, open_, page

HOOK = {"url": "https://93.184.215.14/other", "events": "job.failed"}


def own_tab(method: str, path: str = "", status: int = 200, **more: Any) -> Route:
    """A page of the settings that gives everybody what is his own."""
    return page(method, f"/settings{path}", status, **more)


def thing_tab(method: str, path: str, status: int = 200, **more: Any) -> Route:
    """A page of the settings about one thing of somebody."""
    return page(method, f"/settings{path}", status, other=404, **more)


def form(**fields: str) -> dict[str, Any]:
    """A form to send."""
    return {"sent": {"data": fields}}


SETTINGS_PAGES = [
    own_tab("GET", status=303),
    own_tab("GET", "/profile", is_telling=True),
    own_tab("POST", "/profile", 303, **form(username="Mine")),
    own_tab(
        "POST",
        "/profile/email",
        422,
        is_costly=True,
        **form(email="$fresh_email", current_password=WRONG),
    ),
    own_tab(
        "POST", "/profile/password", 422, is_costly=True, **form(current_password=WRONG, new_password=WRONG)
    ),
    own_tab("GET", "/keys", is_telling=True),
    own_tab("POST", "/keys", 201, **form(name="Mine")),
    *(
        thing_tab(method, "/keys/{key_id}/revoke", status, **at("key_id", "another_key"))
        for method, status in (("GET", 200), ("POST", 303))
    ),
    own_tab("GET", "/sessions", is_telling=True),
    own_tab("POST", "/sessions/revoke-others", 303),
    thing_tab("POST", "/sessions/{session_id}/revoke", 303, **at("session_id", "another_session")),
    own_tab("GET", "/webhooks", is_telling=True),
    own_tab("GET", "/webhooks/new"),
    own_tab("POST", "/webhooks", 201, **form(**HOOK)),
    *(
        thing_tab(method, f"/webhooks/{{webhook_id}}{rest}", status, **at("webhook_id", "webhook"), **more)
        for method, rest, status, more in (
            ("GET", "", 200, {"is_telling": True}),
            ("POST", "", 303, form(**HOOK)),
            ("GET", "/edit", 200, {"is_telling": True}),
            ("POST", "/pause", 303, {}),
            ("POST", "/resume", 303, {}),
            ("POST", "/test", 303, {}),
            ("GET", "/rotate", 200, {}),
            ("POST", "/rotate", 200, {}),
            ("GET", "/delete", 200, {}),
            ("POST", "/delete", 303, {}),
        )
    ),
    thing_tab("POST", "/webhooks/deliveries/{delivery_id}/redeliver", 303, **at("delivery_id", "delivery")),
    own_tab("GET", "/credits", is_telling=True),
    own_tab("GET", "/limits"),
    own_tab("GET", "/appearance"),
    own_tab("POST", "/appearance", 303, **form(theme="dark")),
]
"""Every page under `/settings`."""

_GONE = {Visitor.DISABLED: 410}

LINK_PAGES = [
    open_("GET", "/v/{short_id}", **at("short_id", "short_id"), others=_GONE),
    open_("GET", "/v/{short_id}", 404, **at("short_id", "unshared_id"), case="not shared"),
    page(
        "POST", "/v/{short_id}/listing", 303, other=404, **at("short_id", "short_id"), **form(listed="true")
    ),
    open_("GET", "/v/{short_id}/report", **at("short_id", "short_id"), others=_GONE),
    open_(
        "POST",
        "/v/{short_id}/report",
        **at("short_id", "short_id"),
        **form(reason="other"),
        # Whoever has the link may report it; there is no other proof, so this one names another.
        forged={"short_id": "unshared_id"},
        # A program that signs in with a key does not say which page it comes from.
        others=_GONE | {Visitor.FORGED: 404, Visitor.REVOKED_KEY: 403},
    ),
    open_("GET", "/oembed", at={"?": "url=$link_address"}, others=_GONE),
]
"""Every page of a link, which asks nobody who he is."""
