#!/bin/sh
# What Node does for the pages: `build` writes them into the package, `check` compiles, lints and
# compares the kept files with the sources, `test` runs the unit tests. Users never need Node.
set -eu
which=$1
cd "$(dirname "$0")/../frontend"

if ! command -v npm >/dev/null 2>&1; then
    echo "Node isn't installed, so the pages' sources weren't looked at ($which)."
    [ "$which" != build ] || exit 1
    exit 0
fi
if [ ! -e node_modules/.installed ] || [ package-lock.json -nt node_modules/.installed ]; then
    npm ci --no-audit --no-fund --silent
    touch node_modules/.installed
fi
npm run --silent "$which"
# The plugin for Docusaurus is tested with Node alone.
if [ "$which" = test ]; then
    cd ../packages/docusaurus-plugin-glossator
    node --test --test-reporter=dot tests/*.test.mjs
fi
