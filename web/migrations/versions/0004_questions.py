"""What visitors asked, grouped, and figures by day."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("lead", sa.String(32), nullable=False),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("changed_at", sa.Float(53), nullable=False),
    )
    op.create_index("ix_questions_lead", "questions", ["lead"])
    op.create_index("ix_questions_topic", "questions", ["topic"])
    op.create_table(
        "turns",
        sa.Column("key", sa.String(32), primary_key=True),
        sa.Column("ask", sa.String(32), nullable=False),
        sa.Column("at", sa.Float(53), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("result", sa.String(12), nullable=False),
        sa.Column("flag", sa.String(48), nullable=False),
        sa.Column("section", sa.String(200), nullable=False),
        sa.Column("rated", sa.String(16), nullable=False),
        sa.Column("question", sa.Integer, sa.ForeignKey("questions.id", ondelete="SET NULL")),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("near", sa.Text, nullable=False),
    )
    for name in ("ask", "at", "question"):
        op.create_index(f"ix_turns_{name}", "turns", [name])
    op.create_table(
        "days",
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("what", sa.String(12), primary_key=True),
        sa.Column("label", sa.String(200), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Drops them; the requests stay."""
    for name in ("days", "turns", "questions"):
        op.drop_table(name)
