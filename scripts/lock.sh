#!/bin/sh
# Resolve the dependencies into requirements/*.txt: versions and hashes for every Python that is
# supported, and no addresses. Needs uv.
set -eu
lock() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-header --no-emit-index-url --no-emit-find-links "$@"
}
# The build backend is locked with the rest: the package is installed without build isolation.
printf 'hatchling>=1.25,<2\neditables>=0.5,<1\n' >requirements/build.in
lock pyproject.toml requirements/build.in -o requirements/runtime.txt
# What the container image has: the same versions, with the clients of Postgres and Qdrant, and traces.
lock pyproject.toml requirements/build.in --extra postgres --extra qdrant --extra otel \
    -c requirements/runtime.txt -o requirements/server.txt
lock pyproject.toml requirements/build.in --group dev -o requirements/dev.txt
# What builds the site; its own packages alone, in versions that fit beside those of the tests.
lock --group docs -c requirements/dev.txt -o requirements/docs.txt
rm requirements/build.in
