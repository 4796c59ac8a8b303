"""What parts outside of us raise, told in our words."""

from sqlalchemy.orm.exc import StaleDataError

from glossator.foundation import faults


def test_what_another_request_changed_at_once_is_a_conflict_and_no_failure():
    told = faults.explained(StaleDataError("expected to update 1 row(s); 0 were matched."))
    assert told is not None
    assert (told.status, told.detail) == (409, faults.STALE)
