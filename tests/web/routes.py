"""Addresses that several tests ask."""

from tests.web.people import API

JOB_ROUTES = [
    ("GET", API + "/jobs/{}"),
    ("GET", API + "/jobs/{}/thumbnails"),
    ("GET", API + "/jobs/{}/output"),
    ("GET", API + "/jobs/{}/events"),
    ("POST", API + "/jobs/{}/cancel"),
    ("GET", "/jobs/{}"),
    ("GET", "/jobs/{}/card"),
    ("GET", "/jobs/{}/details"),
    ("GET", "/jobs/{}/media/reference"),
    ("GET", "/jobs/{}/media/output"),
    ("GET", "/jobs/{}/download"),
    ("POST", "/jobs/{}/cancel"),
]
"""What one job answers, by method and address."""
