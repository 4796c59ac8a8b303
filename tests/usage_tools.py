"""Many processes that take, spend and die, for the tests of limits and money."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import func, select

from cli_tools import environment
from glossator.foundation.database import Database
from glossator.usage.tables import BudgetDay, BudgetReservation, UsageEntry

# In each round, a window of its own, takes what it gets of its tries; prints the grants by round.
TAKE = """
import sys
from datetime import UTC, datetime, timedelta
from glossator.foundation.database import Database
from glossator.usage.allowances import Allowance, Allowances, AllowanceSpent, Amounts, Caller
database, rounds, tries = Database(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
allowances, now, granted = Allowances(Amounts()), datetime(2026, 11, 21, 6, tzinfo=UTC), []
def take(user):
    with database.writing() as session:
        allowances.take(session, Caller("192.0.2.1", user_id=user), Allowance.QUESTIONS, now)
# Connected, with its statements compiled: else the first process has all before the others begin.
take(8)
for _ in range(rounds):
    now += timedelta(hours=1)
    print("ready", flush=True)
    sys.stdin.readline()
    granted.append(0)
    for _ in range(tries):
        try:
            take(7)
            granted[-1] += 1
        except AllowanceSpent:
            pass
print(*granted)
database.close()
"""

# Reserves and settles until the day's money is gone; a fake provider takes a moment for each call
# and never charges more than the bound.
SPEND = """
import random, sys, time
from datetime import UTC, datetime
from decimal import Decimal
from glossator.foundation.database import Database
from glossator.usage.budget import Budget
from glossator.usage.money import BudgetSpent, Outcome, Payer
from glossator.usage.prices import Price, Prices, Tokens
dollars = [Decimal(part) for part in ("1000", "2000", "100", "1250")]
prices, chance = Prices({"fake": Price(*dollars)}), random.Random(int(sys.argv[2]))
database = Database(sys.argv[1])
budget = Budget(prices, day_nano=int(sys.argv[3]), share_nano=int(sys.argv[4]))
print("ready", flush=True)
sys.stdin.readline()
spent = 0
while spent < 40:
    now = datetime.now(UTC)
    payer = Payer(f"user:{chance.randrange(4)}", 1)
    try:
        with database.writing() as session:
            held = budget.reserve(session, payer, feature="question", model="fake",
                                  input_tokens=2000, output_tokens=500, now=now)
    except BudgetSpent:
        spent += 1
        time.sleep(0.002)
        continue
    time.sleep(chance.uniform(0, 0.01))
    tokens = Tokens(chance.randrange(2001), chance.randrange(501))
    with database.writing() as session:
        if chance.random() < 0.1:
            budget.release(session, held)
        else:
            budget.settle(session, held, Outcome(tokens, 10), now)
database.close()
"""


def started(code: str, home: Path, *arguments: object) -> subprocess.Popen[str]:
    """A process that runs `code` once it is told to `go`."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(home),
    )  # fmt: skip


def go(*processes: subprocess.Popen[str], together: bool = True) -> None:
    """Let them run: all at once when all are ready, or each as soon as it is."""
    for process in processes if together else ():
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def money(database: Database) -> tuple[int, int, int]:
    """The day's committed sum, and the ledger's and the reservations', in one state."""
    with database.reading() as session:
        committed = select(BudgetDay.committed_nano).where(BudgetDay.account == "all")
        booked = select(func.coalesce(func.sum(UsageEntry.price_nano), 0))
        held = select(func.coalesce(func.sum(BudgetReservation.amount_nano), 0))
        return (
            session.scalar(committed) or 0,
            int(session.scalar(booked) or 0),
            int(session.scalar(held) or 0),
        )
