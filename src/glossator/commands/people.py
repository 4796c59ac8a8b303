"""`user`: accounts, for whoever runs the server."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from glossator.commands.allowing import allow, show_user, shown
from glossator.commands.output import (
    WRONG_USAGE,
    DataOption,
    JsonOption,
    fail,
    house,
    note,
    say,
    settings,
    show_json,
)

if TYPE_CHECKING:
    from glossator.wiring import House

user_commands = typer.Typer(help="Accounts.", no_args_is_help=True, rich_markup_mode=None)

WhoArgument = Annotated[
    str,
    typer.Argument(metavar="EMAIL", help="The e-mail address, or the number that `list` shows."),
]
GenerateOption = Annotated[
    bool, typer.Option("--generate", help="Make a password up and print it.")
]
_KINDS = ("user", "author", "admin")


@user_commands.command("add")
def add_user(
    email: Annotated[str, typer.Argument(help="The e-mail address; asked for without.")] = "",
    name: Annotated[str, typer.Option("--name", help="How the person is called.")] = "",
    role: Annotated[str, typer.Option("--role", help="user, author or admin.")] = "user",
    admin: Annotated[bool, typer.Option("--admin", help="The same as --role admin.")] = False,
    generate: GenerateOption = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an account; the password is asked for, or read from standard input."""
    from glossator.accounts import people

    chosen = _role("admin" if admin else role)
    address = email or typer.prompt("E-mail address", err=True)
    with house(settings(data)) as built:
        password = _password(built, address, generate=generate)
        hashed = built.passwords.hash_now(password)
        with built.database.writing() as session:
            account = people.create(
                session,
                email=address,
                password_hash=hashed,
                name=name.strip() or address.strip().partition("@")[0],
                role=chosen,  # type: ignore[arg-type]  # one of them: `_role` looked
            )
            made = people.person_object(account)
    if as_json:
        show_json({**made, "password": password} if generate else made)
        return
    say(f"{made['email']} can sign in now, as {made['role']}.")
    if generate:
        say(f"password: {password}")


@user_commands.command("list")
def list_users(
    page: Annotated[int, typer.Option("--page", min=1, max=1_000_000)] = 1,
    page_size: Annotated[int, typer.Option("--page-size", min=1, max=100)] = 50,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """All accounts."""
    from glossator.accounts import identities, people
    from glossator.usage import overrides

    with house(settings(data)) as built, built.database.reading() as session:
        accounts, total = people.listed(session, page, page_size)
        issuers = identities.issuers(session, [account.id for account in accounts])
        subjects = {account.id: overrides.user(account.id) for account in accounts}
        own = overrides.listed(session, subjects.values())
        rows = [
            {
                **people.person_object(account),
                "issuer": issuers.get(account.id),
                "allowances": own.get(subjects[account.id], {}),
            }
            for account in accounts
        ]
    if as_json:
        show_json({"items": rows, "page": page, "page_size": page_size, "total": total})
        return
    if not total:
        say("There are no accounts yet. Make one: glossator user add --admin")
    for row in rows:
        state = "\tdisabled" if row["disabled"] else ""
        # An address that an issuer tells is not proven, so it never stands alone.
        origin = f"\tfrom {row['issuer']}" if row["issuer"] else ""
        amounts = "".join(f"\t{shown(*item)}" for item in row["allowances"].items())
        say(f"{row['id']}\t{row['email']}\t{row['name']}\t{row['role']}{state}{origin}{amounts}")


user_commands.command("show")(show_user)
user_commands.command("allow")(allow)


@user_commands.command("role")
def change_role(
    email: WhoArgument,
    role: Annotated[str, typer.Argument(help="user, author or admin.")],
    data: DataOption = None,
) -> None:
    """Change what somebody may do; it holds from their next request on."""
    from glossator.accounts import people

    chosen = _role(role)
    with house(settings(data)) as built, built.database.writing() as session:
        people.change(session, people.get(session, email).id, {"role": chosen})
    say(f"{email} has the role {chosen} now.")


@user_commands.command("reset-password")
def reset_password(
    email: WhoArgument, generate: GenerateOption = False, data: DataOption = None
) -> None:
    """Set a new password and end all of the person's logins."""
    from glossator.accounts import identities, people

    with house(settings(data)) as built:
        with built.database.reading() as session:
            number = people.get(session, email).id
            if identities.issuers(session, [number]):
                fail(f"{email} signs in at an external issuer and has no password here.")
        password = _password(built, email, generate=generate)
        hashed = built.passwords.hash_now(password)
        with built.database.writing() as session:
            people.change(session, number, {"password_hash": hashed})
            people.end_logins(session, number)
    say(f"{email} has a new password, and is signed out everywhere.")
    if generate:
        say(f"password: {password}")


@user_commands.command("disable")
def disable_user(
    email: WhoArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Let them in again.")] = False,
    data: DataOption = None,
) -> None:
    """Shut somebody out at once, without deleting anything."""
    from glossator.accounts import people
    from glossator.accounts.tables import now

    with house(settings(data)) as built, built.database.writing() as session:
        number = people.get(session, email).id
        people.change(session, number, {"disabled_at": None if undo else now()})
        people.end_logins(session, number)
    say(f"{email} {'may sign in again' if undo else 'is shut out'}.")


@user_commands.command("remove")
def remove_user(
    email: WhoArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    data: DataOption = None,
) -> None:
    """Delete somebody and all that is kept of them; the ledger's sums stay, without a name."""
    from glossator.accounts import people

    with house(settings(data)) as built:
        with built.database.reading() as session:
            number = people.get(session, email).id
        if not yes and not typer.confirm(f"Delete {email} and all that is theirs?", err=True):
            fail("Nothing was deleted.")
        with built.database.writing() as session:
            built.personal.remove(session, number)
    say(f"{email} was deleted.")


@user_commands.command("invite")
def invite(
    uses: Annotated[
        int, typer.Option("--uses", min=1, max=100_000, help="How many may sign up with it.")
    ] = 1,
    reason: Annotated[str, typer.Option("--note", help="What it is for.")] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an invitation; its code is shown once and kept nowhere."""
    from glossator.accounts import people

    configured = settings(data)
    with house(configured) as built, built.database.writing() as session:
        code = people.invite(session, uses=uses, note=reason)
    if as_json:
        show_json({"invitation": code, "uses": uses})
        return
    say(code)
    if configured.signup != "invite":
        note("Nobody needs it yet: set GLOSSATOR_SIGNUP=invite.")


def _role(role: str) -> str:
    if role not in _KINDS:
        fail(f"A role is one of {', '.join(_KINDS)}.", WRONG_USAGE)
    return role


def _password(built: House, email: str, *, generate: bool) -> str:
    """Made up, typed twice, or the first line of standard input; raises `Unusable`."""
    if generate:
        return secrets.token_urlsafe(12)
    if sys.stdin.isatty():
        password = str(
            typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        )
    else:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            fail("Write the password to standard input, or use --generate.", WRONG_USAGE)
    built.passwords.check(password, email)
    return password
