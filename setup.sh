#!/bin/sh
# Sets up the folder this script lies in: a virtual environment in .venv with the locked packages.
#
#     bash setup.sh                      on a teacher's or a contributor's machine, from any folder
#     PYTHON=python3.12 bash setup.sh    with a Python of your choice
#
# Gradescope runs it as root while it builds its image.  There the folder has no requirements-dev.txt, and what
# only the tests need is left out.  Nothing outside the folder changes, but for one thing: as root on Debian and
# Ubuntu, a missing Python or venv module is installed with apt-get.
set -eu
umask 022  # the throw-away user that runs a submission has to read .venv

say() { printf 'setup.sh: %s\n' "$*"; }
fail() {
    say "$*" >&2
    exit 1
}

CDPATH='' cd -- "$(dirname -- "$0")"
here=$PWD
[ -f requirements.txt ] || fail "requirements.txt is missing in $here: get the whole folder again."
locks=requirements.txt
[ ! -f requirements-dev.txt ] || locks=requirements-dev.txt # it holds all of requirements.txt too

# A name may be there and not run (a pyenv shim), so run it.
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

# Nothing to do?  The stamp is written last, so a run that was cut short has none.
stamp=.venv/setup-stamp
wanted="$here $(cksum $locks setup.sh)"
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && version=$(version_of .venv/bin/python); then
    [ -n "${PYTHON:-}" ] && [ "$(version_of "$PYTHON")" != "$version" ] || exit 0
fi

# The first Python that will do.
find_python() {
    python='' seen=''
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.10}; do
        version=$(version_of "$name") || continue
        case $version in
            3.10 | 3.11 | 3.12 | 3.13) python=$name && return ;;
            *) seen="$seen $version" ;;
        esac
    done
}
can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }
install() {
    say "installing $* with apt-get"
    export DEBIAN_FRONTEND=noninteractive
    # The package lists may be missing or old: fetch them and try once more.
    apt-get install -qq -y --no-install-recommends "$@" >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -qq -y --no-install-recommends "$@"; } >/dev/null 2>&1 ||
        fail "apt-get could not install $*. Is there a network? Run 'apt-get install $*' to see why."
}

find_python
if [ -z "$python" ] && [ -z "${PYTHON:-}$seen" ] && can_install; then
    install python3 python3-venv
    find_python
fi
[ -n "$python" ] || {
    [ -z "${PYTHON:-}" ] || fail "PYTHON=$PYTHON is not a Python 3.10 to 3.13 that runs."
    [ -z "$seen" ] || fail "Python 3.10, 3.11, 3.12 or 3.13 is needed, and only$seen was found. On Gradescope choose Ubuntu 22.04."
    fail "Python 3.10 to 3.13 is needed, and no python3 was found. On Debian or Ubuntu: sudo apt-get install python3 python3-venv"
}

if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    can_install || fail "the venv module of Python $version is missing. On Debian or Ubuntu: sudo apt-get install python$version-venv"
    install "python$version-venv"
fi

# A new environment each time: quicker to trust than to repair.
{ [ ! -e .venv ] || [ -d .venv ]; } || fail "$here/.venv is in the way: it is not a folder. Remove it."
{ mkdir -p .venv && rm -f "$stamp" && touch .venv/setup.log; } 2>/dev/null ||
    fail "can't write to $here/.venv. Use a folder of your own, or remove .venv if another user made it."
say "Python $version: making .venv and installing the packages of $locks, about half a minute"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$python" -m venv --clear .venv >"$log" 2>&1 ||
    fail "$python could not make $here/.venv: $(tail -n 1 "$log")"
.venv/bin/python -m pip install --disable-pip-version-check --no-input --require-hashes --only-binary :all: \
    -r $locks >"$log" 2>&1 || {
    cp "$log" .venv/setup.log 2>/dev/null || true
    if grep -q 'No space left' "$log"; then
        fail "the disk is full: .venv needs about 300 MB."
    elif grep -q 'DO NOT MATCH THE HASHES' "$log"; then
        fail "a package that was downloaded is not the locked one (see .venv/setup.log). Try again, or with another network."
    elif grep -qE 'NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|ConnectionReset' "$log"; then
        fail "the packages could not be downloaded: no network, or none to the Python package index (see .venv/setup.log)."
    fi
    fail "pip failed (see .venv/setup.log): $(grep '^ERROR' "$log" | tail -n 1)"
}

# Done once here, not at the first import of each grading: byte code, and matplotlib's list of fonts.
.venv/bin/python -m compileall -qq autograder solution || true
MPLCONFIGDIR=$here/.venv/matplotlib .venv/bin/python -c 'import matplotlib.font_manager' >"$log" 2>&1 ||
    fail "matplotlib does not run: $(tail -n 1 "$log")"
printf '%s' "$wanted" >"$stamp"
say "done"
