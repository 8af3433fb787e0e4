"""What the pages that change jobs answer to whom."""

from tests.web.matrix_routes import at, page

JOB_PAGES = [
    *(
        page(method, f"/jobs/{{job_id}}{rest}", status, other=404, **at("job_id", thing), **more)
        for method, rest, status, thing, more in (
            ("POST", "/retry", 303, "failed", {}),
            ("POST", "/star", 303, "queued", {"sent": {"data": {"starred": "true"}}}),
            ("GET", "/delete", 200, "completed", {}),
            ("POST", "/delete", 303, "completed", {}),
            ("GET", "/share", 200, "completed", {}),
            ("POST", "/share", 303, "painted", {}),
            ("POST", "/share/revoke", 303, "completed", {}),
        )
    ),
    # Jobs of others are counted as no jobs, and changed as little.
    page("GET", "/jobs/selection", at={"?": "do=delete&job=$completed"}),
    page("POST", "/jobs/selection", 303, sent={"data": {"do": "cancel", "job": "$queued"}}),
]
