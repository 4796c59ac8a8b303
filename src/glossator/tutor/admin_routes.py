"""How answers went: over HTTP, for administrators."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from glossator.accounts.callers import Admin
from glossator.foundation.web import Store, not_stored
from glossator.tutor import shares
from glossator.tutor.tables import now

router = APIRouter(prefix="/api/admin", tags=["admin"], dependencies=[Depends(not_stored)])

Days = Annotated[int, Query(ge=1, le=366)]


@router.get("/answers", response_model=None)
def answers(_: Admin, store: Store, days: Days = 30) -> dict[str, Any]:
    """How many questions were answered, refused, or answered with less than the model."""
    with store.reading() as session:
        return shares.shares(session, now() - timedelta(days=days))
