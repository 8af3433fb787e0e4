"""What the page for a new job answers to whom."""

from typing import Any

from tests.web.matrix_routes import at, page

KEY = {"key": "0192f0c1-0000-4000-8000-00000000000c"}
"""Each form has one; a page with a new one each time could not be compared."""

FILES = {"inputs.reference": "$reference", "inputs.motion": "$motion"}
IMAGE = {"job_type": "image", "model": "painter", "prompt": "a fox"}


def form(**fields: str) -> dict[str, Any]:
    """A form to send, as a browser sends one that can have files."""
    return {"sent": {"data": KEY | fields, "files": {"none": ("", b"")}}}


CREATE_PAGES = [
    page("GET", "/create"),
    *(
        page("GET", "/create", other=404, at={"?": f"{name}=${thing}"}, case=f"with the owner's {thing}")
        for name, thing in (("from", "completed"), ("from", "failed"), ("reference", "reference"))
    ),
    page("GET", "/create/pick", at={"": "=/create/pick?role=reference"}, is_telling=True),
    page("GET", "/create/files/{asset_id}", 302, other=404, **at("asset_id", "reference")),
    page("GET", "/create/files/{asset_id}/poster", 302, other=404, **at("asset_id", "reference")),
    page("POST", "/create", 422, **form(prompt="a fox")),
    *(
        page("POST", "/create", 303, other=422, **form(**fields), case=f"with the owner's {case}")
        for case, fields in (
            ("files", FILES),
            ("job", {"job_type": "extend", "model": "polish", "parent_job_id": "$completed"}),
            ("project", IMAGE | {"project_id": "$project"}),
        )
    ),
    page("POST", "/create/quote", **form(**FILES)),
]
