"""All pages."""

from rushes.web.pages import sessions, static
from rushes.web.pages.admin import routes as admin
from rushes.web.pages.cards import live
from rushes.web.pages.create import pages as create
from rushes.web.pages.create import submitting
from rushes.web.pages.jobs import actions, listing, selection, sharing
from rushes.web.pages.jobs import pages as jobs
from rushes.web.pages.library import changes, projects
from rushes.web.pages.library import page as library
from rushes.web.pages.links import oembed, reports, share
from rushes.web.pages.settings import routes as settings
from rushes.web.pages.workspace import page as workspace
from rushes.web.pages.workspace import sessions as workspace_sessions

PAGES = (
    static,
    sessions,
    listing,
    submitting,
    create,
    live,
    selection,
    jobs,
    actions,
    sharing,
    changes,
    library,
    projects,
    workspace,
    workspace_sessions,
    admin,
    settings,
    share,
    reports,
    oembed,
)
"""In this order: the first route that matches an address answers it."""
