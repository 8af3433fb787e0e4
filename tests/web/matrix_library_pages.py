"""What each page of the library and the workspace answers to whom."""

from typing import Any

from tests.web.matrix_routes import at, page


def form(**fields: Any) -> dict[str, Any]:
    """The fields of a form to send."""
    return {"sent": {"data": fields}}


LIBRARY_PAGES = [
    page("GET", "/library", is_telling=True),
    page("GET", "/library", case="of the owner's project", other=404, at={"?": "project=$project"}),
    page("GET", "/library/download", other=404, at={"?": "job=$completed"}),
    page("POST", "/library/star", 303, other=404, **form(job="$completed", starred="true")),
    page("POST", "/library/move", 303, other=404, **form(job="$completed", into="$project")),
    page("GET", "/workspace", is_telling=True),
    page("GET", "/workspace", case="of the owner's session", other=404, at={"?": "session=$desk"}),
    page("GET", "/workspace/jobs/{job_id}", other=404, **at("job_id", "completed")),
    page("POST", "/workspace/jobs/{job_id}/rerun", 303, other=404, **at("job_id", "completed")),
    page("POST", "/workspace/jobs/{job_id}/keep", 303, other=404, **at("job_id", "completed")),
    *(
        route
        for path, name, thing in (
            ("/library/projects", "project_id", "project"),
            ("/workspace/sessions", "session_id", "desk"),
        )
        for route in (
            page("GET", f"{path}/new"),
            page("POST", path, 303, **form(name="Mine")),
            page("GET", f"{path}/{{{name}}}/rename", other=404, **at(name, thing)),
            page("POST", f"{path}/{{{name}}}/rename", 303, other=404, **at(name, thing), **form(name="Mine")),
            page("GET", f"{path}/{{{name}}}/delete", other=404, **at(name, thing)),
            page("POST", f"{path}/{{{name}}}/delete", 303, other=404, **at(name, thing)),
        )
    ),
]
