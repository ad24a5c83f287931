#!/bin/sh
# Makes the virtual environment: finds a Python, installs the locked packages and this project, and only then writes
# the stamp. Without a stamp an environment is half-finished and is made anew. `make install` runs this.
#
# usage: install.sh VENV    PYTHON, if set, is the Python to take.
set -eu

venv=$1
stamp=$venv/.stamp
root=$(cd "$(dirname "$0")/.." && pwd)

fail() {
    printf '\n%s\n' "$@" >&2
    exit 1
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null 2>&1 && new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
        # A Python that was asked for is not replaced by another without a word.
        [ -z "${PYTHON:-}" ] || return 1
    done
    return 1
}

python=$(find_python) || {
    tried=${PYTHON:-python3}
    version=$("$tried" --version 2>&1) || version="not there"
    fail "Groundcloud needs Python 3.11 or newer; $tried is: $version" \
        "Install one (https://www.python.org/downloads, or your system's packages), then: make PYTHON=python3.12 up"
}

# Two at once (`make up` here, `make test` in another terminal) would write into one environment. The lock is the open
# folder's: it ends with this script, however that ends.
exec 9<"$root"
lock='import fcntl, sys; fcntl.flock(9, fcntl.LOCK_EX | (fcntl.LOCK_NB if sys.argv[1:] else 0))'
if ! "$python" -c "$lock" at-once 2>/dev/null; then
    echo "Waiting for another installation into $venv"
    "$python" -c "$lock"
    [ ! -e "$stamp" ] || exit 0
fi

rm -f "$stamp"
if [ -d "$venv" ] && ! new_enough "$venv/bin/python"; then
    echo "Making $venv anew: it was left half-finished"
    rm -rf "$venv"
fi
if [ ! -d "$venv" ]; then
    echo "Making $venv with $("$python" --version)"
    "$python" -m venv "$venv" || {
        rm -rf "$venv"
        fail "Python could not make a virtual environment in $venv; its message is above." \
            "On Debian and Ubuntu: sudo apt-get install python3-venv. Then run the same command again."
    }
fi

if ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
    "$venv/bin/python" -m ensurepip --upgrade >/dev/null || fail \
        "The environment in $venv has no pip and Python brings none; remove the folder and run the same command again."
fi

echo "Installing packages (the first time takes a minute or two)"
pip="$venv/bin/python -m pip --disable-pip-version-check --no-input --quiet"
$pip install --no-compile --requirement "$root/requirements.lock" || fail \
    "The packages could not be installed; pip's message is above. The first run needs the network." \
    "Run the same command again: it goes on where it stopped."
# pip compiles one module after the other. Here every processor takes part, while the rest is installed; what no Python
# can compile (templates, other versions' tests) is never imported.
"$venv/bin/python" -m compileall -qq -j 0 "$venv/lib" 9<&- &
compiling=$!
$pip install --no-deps --editable "$root" || fail \
    "The project could not be installed; pip's message is above." "Run the same command again."
# Without it Node.js functions run all the same, and say in their log that it is missing.
"$venv/bin/python" -m groundcloud.runtime.node_install || printf '%s\n' \
    "The AWS SDK for Node.js functions could not be installed; all else works. Later:" \
    "  $venv/bin/python -m groundcloud.runtime.node_install" >&2
wait "$compiling" || :
touch "$stamp"
