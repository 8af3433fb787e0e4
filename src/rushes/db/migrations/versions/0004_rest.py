"""Prompt tests of jobs, and what an account stores.

Revision ID: 0004
Revises: 0003
"""

from rushes.db.migrations.script import run_sql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
