"""The whole queue: fair order, caps, chains, deadlines, estimates, webhooks, and what the pruner needs.

Revision ID: 0002
Revises: 0001
"""

from rushes.db.migrations.script import run_sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the SQL file beside this one."""
    run_sql(__file__)
