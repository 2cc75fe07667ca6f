"""The knowledge on the desk: drafts, every version of the folder, and its texts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "drafts",
        sa.Column("author", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("path", sa.String(120), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("base", sa.String(64), nullable=False),
        sa.Column("text", sa.Text),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("changed_at", sa.Float(53), nullable=False),
    )
    op.create_table(
        "versions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("how", sa.String(8), nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
    )
    op.create_table(
        "texts",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drops them; the folder stays as it is."""
    for name in ("texts", "versions", "drafts"):
        op.drop_table(name)
