"""`user allow` and `user show`: what one person or a role may ask for and spend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glossator.commands.output import (
    WRONG_USAGE,
    DataOption,
    JsonOption,
    fail,
    house,
    say,
    settings,
    show_json,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from glossator.accounts.tables import Account
    from glossator.wiring import House

_HELP = "A number, unlimited, or default."
_SHARE = "budget_cents"

Amount = Annotated[str | None, typer.Option(help=_HELP)]


def allow(
    email: Annotated[str, typer.Argument(help="Whom; nobody with --role.")] = "",
    role: Annotated[str, typer.Option("--role", help="All with this role instead.")] = "",
    questions: Amount = None,
    translations: Amount = None,
    personalizations: Amount = None,
    searches: Amount = None,
    budget: Annotated[
        str | None, typer.Option(help="Dollars of the day's budget, unlimited, or default.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set how much somebody, or everybody with a role, may ask for; then show it.

    A person's own amount comes before their role's, and both before the settings'.
    """
    from glossator.accounts import people
    from glossator.usage import overrides

    given = {
        "questions": questions,
        "translations": translations,
        "personalizations": personalizations,
        "searches": searches,
    }
    amounts = {name: _units(name, value) for name, value in given.items() if value is not None}
    if budget is not None:
        amounts[_SHARE] = _cents(budget)
    if bool(email) == bool(role):
        fail("Name either a person's e-mail address or a role with --role.", WRONG_USAGE)
    if role and role not in people.ROLES:
        fail(f"A role is one of {', '.join(people.ROLES)}.", WRONG_USAGE)
    with house(settings(data)) as built, built.database.writing() as session:
        account = None if role else people.get(session, email)
        subject = overrides.role(role) if account is None else overrides.user(account.id)
        for name, amount in amounts.items():
            if isinstance(amount, str):
                overrides.remove_override(session, subject, name)
            else:
                overrides.override(session, subject, name, amount)
        own = overrides.listed(session, [subject]).get(subject, {})
        found = (
            {"role": role, "allowances": own}
            if account is None
            else _person(built, session, account)
        )
    if as_json:
        show_json(found)
    elif account is not None:
        _say_person(found)
    else:
        amounts_said = ", ".join(shown(*item) for item in own.items())
        say(f"{role}: {amounts_said or 'as the settings say'}")


def show_user(
    email: Annotated[str, typer.Argument(help="The e-mail address.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """One account, with what is left of its allowances."""
    from glossator.accounts import people

    with house(settings(data)) as built, built.database.reading() as session:
        found = _person(built, session, people.get(session, email))
    if as_json:
        show_json(found)
    else:
        _say_person(found)


def shown(name: str, amount: int | None) -> str:
    """An amount that was set, in a word: `questions=50`, `budget=0.50`, `searches=unlimited`."""
    if name == _SHARE:
        return f"budget={'unlimited' if amount is None else f'{amount / 100:.2f}'}"
    return f"{name}={'unlimited' if amount is None else amount}"


def _person(built: House, session: Session, account: Account) -> dict[str, Any]:
    from glossator.accounts import people
    from glossator.usage import standings

    return {
        **people.person_object(account),
        **standings.of_users(session, built.usage, [account])[0],
    }


def _say_person(found: Mapping[str, Any]) -> None:
    state = ", disabled" if found["disabled"] else ""
    say(f"{found['id']}  {found['email']}  {found['name']}  {found['role']}{state}")
    for name, row in found["allowances"].items():
        limit = "unlimited" if row["limit"] is None else row["limit"]
        say(f"  {name}: {limit}, {row['used']} used, by {_BY[row['set_by']]}")
    budget = found["budget"]
    share = "no share" if budget["share_usd"] is None else f"{budget['share_usd']:.2f} USD a day"
    spent = f"{budget['spent_today_usd']:.4f} USD spent today"
    say(f"  budget: {share}, {spent}, by {_BY[budget['set_by']]}")


_BY = {"user": "an amount of their own", "role": "their role", "settings": "the settings"}


def _units(name: str, value: str) -> int | str | None:
    """The amount, None for unlimited, or `default`; anything else ends the command with 2."""
    if value in ("default", "unlimited"):
        return None if value == "unlimited" else value
    if not re.fullmatch("[0-9]{1,7}", value):
        fail(f"--{name} takes a number of at most 7 digits, unlimited, or default.", WRONG_USAGE)
    return int(value)


def _cents(value: str) -> int | str | None:
    if value in ("default", "unlimited"):
        return None if value == "unlimited" else value
    match = re.fullmatch(r"([0-9]{1,7})(?:\.([0-9]{1,2}))?", value)
    if match is None:
        fail("--budget takes dollars and cents such as 0.50, unlimited, or default.", WRONG_USAGE)
    return int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
