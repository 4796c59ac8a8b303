#!/bin/sh
# Install the locked dependencies and this package into .venv: `runtime` or `dev`; `docs` is added
# to either.
# Uses uv where it is there, else venv and pip.
set -eu
which=$1
python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Glossator needs Python 3.11 or newer; $python is not. Set PYTHON=/path/to/python3.11." >&2
    exit 1
fi

if command -v uv >/dev/null 2>&1; then
    [ -x .venv/bin/python ] || uv venv --quiet --python "$python" .venv
    uv pip install --quiet --python .venv/bin/python --require-hashes -r "requirements/$which.txt"
    [ "$which" = docs ] ||
        uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
else
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r "requirements/$which.txt"
    [ "$which" = docs ] ||
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
            --no-build-isolation -e .
fi
