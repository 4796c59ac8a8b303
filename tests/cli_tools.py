"""The command line in processes of their own, made quickly.

A process that has imported everything forks one child for each command: the child has its own
arguments, environment, folder and streams, and ends as any process does. That takes a tenth of
the second that a fresh interpreter needs for its imports. `fresh=True` starts one nevertheless.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

RUN = [sys.executable, "-c", "from glossator.cli import main; main()"]


def environment(home: Path, **changes: str) -> dict[str, str]:
    """An environment without anybody's own settings, whose user data folder is below `home`."""
    # Without bytecode every process would compile its imports anew: two seconds instead of none.
    left_out = ("GLOSSATOR_", "XDG_", "PYTHONDONTWRITEBYTECODE")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(left_out)}
    return {**kept, "HOME": str(home), "PYTHONWARNINGS": "error", **changes}


@dataclass(slots=True)
class CommandLine:
    """Runs `glossator` commands."""

    forker: subprocess.Popen[str]

    def __call__(
        self,
        *arguments: str | Path | bytes,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
        fresh: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end in a folder."""
        env = env or environment(cwd)
        if fresh:
            return subprocess.run(
                [*RUN, *arguments], cwd=cwd, env=env, input=stdin,
                capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
        given = [os.fsdecode(part) for part in arguments]
        assert self.forker.stdin is not None
        assert self.forker.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "in").write_text(stdin, "utf-8")
            order = {"argv": given, "cwd": str(cwd), "env": dict(env), "folder": folder}
            self.forker.stdin.write(json.dumps(order) + "\n")
            self.forker.stdin.flush()
            code = int(self.forker.stdout.readline())
            out, err = ((Path(folder) / name).read_text("utf-8") for name in ("out", "err"))
        return subprocess.CompletedProcess(given, code, out, err)

    def close(self) -> None:
        """End the process that forks."""
        self.forker.communicate(timeout=20)


def start(home: Path) -> CommandLine:
    """A command line that is ready to run."""
    forker = subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=environment(home),
    )  # fmt: skip
    return CommandLine(forker)


def _fork_for_ever() -> None:
    import alembic.command
    import onnxruntime
    import sqlalchemy.dialects.postgresql.psycopg
    import tokenizers

    import glossator.app
    import glossator.cli
    import glossator.ingestion.readers.detect

    assert all((alembic, onnxruntime, sqlalchemy, tokenizers, glossator))
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(order)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(order: dict[str, object]) -> None:
    from glossator.cli import main

    code = 1
    try:
        for number, name in enumerate(("in", "out", "err")):
            flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT
            os.dup2(os.open(f"{order['folder']}/{name}", flags), number)
        sys.stdin = os.fdopen(0, "r")
        os.environ.clear()
        os.environ.update(order["env"])  # type: ignore[call-overload]
        os.chdir(str(order["cwd"]))
        sys.argv = ["glossator", *order["argv"]]  # type: ignore[misc]
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:  # noqa: BLE001  as the interpreter does at its end
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _fork_for_ever()
