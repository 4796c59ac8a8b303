"""Finished parts and runs in the database; each function works in the caller's transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import DateTime, Text, bindparam, delete, select, text, update
from sqlalchemy.orm import Session

from glossator.adaptation.assembly import Made
from glossator.adaptation.tables import AdaptationRun, AdaptedPart
from glossator.foundation.database import in_utc

# A part that failed is left alone for so long, and after so many runs for ever.
PATIENCE = timedelta(days=1)
MOST_TRIES = 3

_INSERT = (
    text(
        "INSERT INTO adaptation_runs (key, claim, lease_until, done, total) "
        "VALUES (:key, :claim, :until, :done, :total) ON CONFLICT (key) DO NOTHING RETURNING key"
    )
    .bindparams(bindparam("until", type_=DateTime(timezone=True)))
    .columns(key=Text)
)


def load(
    session: Session, keys: Iterable[str], counts: Mapping[str, int], now: datetime
) -> dict[str, tuple[Made, ...]]:
    """The finished parts among `keys`, whichever chapter they were made for.

    A part that failed counts as finished as long as it isn't to be tried again. `counts` is how
    many units each has.
    """
    wanted = list(keys)
    found: dict[str, tuple[Made, ...]] = {}
    for start in range(0, len(wanted), 500):
        rows = session.scalars(
            select(AdaptedPart)
            .where(AdaptedPart.key.in_(wanted[start : start + 500]))
            .order_by(AdaptedPart.tries.desc())
        )
        for row in rows:
            rests = row.tries >= MOST_TRIES or in_utc(row.at) > now - PATIENCE
            if len(row.made) == counts[row.key] and (row.tries == 0 or rests):
                found[row.key] = tuple(Made(*made) for made in row.made)
    return found


def keep(
    session: Session,
    document: str,
    form: str,
    key: str,
    made: Sequence[Made],
    *,
    model: str,
    now: datetime,
) -> None:
    """Keep a part, in the place of an earlier try."""
    failed = any(each.text is None for each in made)
    row = session.get(AdaptedPart, (document, key))
    if row is None:
        row = AdaptedPart(document_id=document, key=key, tries=0)
        session.add(row)
    row.form, row.model, row.at = form, model, now
    row.made = [[each.text, each.added, each.reason] for each in made]
    row.tries = (row.tries or 0) + 1 if failed else 0
    session.flush()


def adopt(session: Session, document: str, form: str, keys: Sequence[str]) -> None:
    """Make the parts of a form its chapter's own, and drop those of its older versions."""
    own = set(
        session.scalars(
            select(AdaptedPart.key).where(
                AdaptedPart.document_id == document, AdaptedPart.key.in_(keys)
            )
        )
    )
    for key in dict.fromkeys(keys):
        if key not in own:
            other = session.scalar(select(AdaptedPart).where(AdaptedPart.key == key).limit(1))
            if other is not None:
                session.add(
                    AdaptedPart(
                        document_id=document, key=key, form=form, made=other.made,
                        model=other.model, tries=other.tries, at=other.at,
                    )
                )  # fmt: skip
    session.flush()
    session.execute(
        delete(AdaptedPart).where(
            AdaptedPart.document_id == document,
            AdaptedPart.form == form,
            AdaptedPart.key.not_in(keys),
        )
    )


def claim(
    session: Session, key: str, *, done: int, total: int, now: datetime, lease: timedelta
) -> str | None:
    """The right to make a form, None where another run has it and is alive."""
    token = secrets.token_hex(8)
    row = session.scalar(select(AdaptationRun).where(AdaptationRun.key == key).with_for_update())
    if row is not None and in_utc(row.lease_until) >= now:
        return None
    if row is not None:
        session.delete(row)
        session.flush()
    values = {"key": key, "claim": token, "until": now + lease, "done": done, "total": total}
    inserted = session.execute(_INSERT, values).scalar()
    return token if inserted is not None else None


def renew(session: Session, key: str, token: str, until: datetime, done: int) -> None:
    """A sign of life, with how far the run has come."""
    session.execute(
        update(AdaptationRun)
        .where(AdaptationRun.key == key, AdaptationRun.claim == token)
        .values(lease_until=until, done=done)
    )


def release(session: Session, key: str, token: str) -> None:
    """The run is over."""
    session.execute(
        delete(AdaptationRun).where(AdaptationRun.key == key, AdaptationRun.claim == token)
    )


def running(session: Session, key: str, now: datetime) -> tuple[int, int] | None:
    """How far a living run has come, in parts done of parts in all; None without one."""
    row = session.get(AdaptationRun, key)
    if row is None or in_utc(row.lease_until) < now:
        return None
    return row.done, row.total


def clean(session: Session, now: datetime) -> None:
    """Remove what dead runs left."""
    session.execute(
        delete(AdaptationRun).where(AdaptationRun.lease_until < now - timedelta(days=1))
    )
