#!/bin/sh
# Sets up the folder it is in: a virtual environment in .venv with the locked packages.
#
#     bash setup.sh                      what an instructor needs; run it from any folder
#     bash setup.sh dev                  what the tests need too
#     PYTHON=python3.12 bash setup.sh    with a Python of your choice
#
# Gradescope runs it as root while it builds its image. That folder has no requirements-course.txt, so only the
# packages of requirements.txt are installed there. Nothing outside the folder changes, with one exception: as root
# on Debian and Ubuntu, a missing Python or venv module is installed with apt-get.
set -eu
umask 022  # the unprivileged user that runs a submission has to read .venv

say() { printf 'setup.sh: %s\n' "$*"; }
fail() {
    say "$*" >&2
    exit 1
}

CDPATH='' cd -- "$(dirname -- "$0")"
here=$PWD
[ -f requirements.txt ] || fail "requirements.txt is missing in $here: get the whole folder again."
dev=requirements-dev.txt
case ${1:-} in
    '') lock=requirements-course.txt && [ -f $lock ] || lock=requirements.txt ;;
    dev) lock=$dev && [ -f $dev ] || fail "$dev is missing in $here: get the whole project, not one of its zips." ;;
    *) fail "unknown argument $1. Usage: bash setup.sh [dev]" ;;
esac

# A name can be in PATH and still not run (a pyenv shim), so run it.
version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

# Nothing to do? The stamp is written last, so a run that was cut short has none. $dev holds all other locks.
stamp=.venv/setup-stamp
stamp_for() { printf '%s ' "$here" && cksum "$1" setup.sh; }
is_done() { [ -f "$1" ] && [ "$(cat $stamp)" = "$(stamp_for "$1")" ]; }
if [ -f $stamp ] && { is_done $lock || is_done $dev; } && version=$(version_of .venv/bin/python); then
    [ -n "${PYTHON:-}" ] && [ "$(version_of "$PYTHON")" != "$version" ] || exit 0
fi

# The first suitable Python.
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
    # The package lists may be missing or old: update them and try once more.
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

# A new environment each time is easier to trust than a repaired one.
{ [ ! -e .venv ] || [ -d .venv ]; } || fail "$here/.venv is in the way: it is not a folder. Remove it."
{ mkdir -p .venv && rm -f "$stamp" && touch .venv/setup.log; } 2>/dev/null ||
    fail "can't write to $here/.venv. Use a folder of your own, or remove .venv if another user made it."
say "Python $version: creating .venv with the packages of $lock, about half a minute"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$python" -m venv --clear .venv >"$log" 2>&1 ||
    fail "$python could not create $here/.venv: $(tail -n 1 "$log")"
pip_install() {
    .venv/bin/python -m pip install --disable-pip-version-check --no-input --require-hashes --only-binary :all: \
        "$@" >"$log" 2>&1
}
# For the many packages of the tests uv is five times as fast; $dev pins it too. Where uv fails, pip does it.
uv_install() {
    sed -n '/^uv==/,/^ *#/p' $dev >.venv/uv.txt && [ -s .venv/uv.txt ] && pip_install -r .venv/uv.txt &&
        .venv/bin/uv pip install --python .venv/bin/python --require-hashes --no-build --link-mode copy \
            -r $dev >"$log" 2>&1
}
{ [ $lock = $dev ] && uv_install; } || pip_install -r $lock || {
    cp "$log" .venv/setup.log 2>/dev/null || true
    if grep -q 'No space left' "$log"; then
        fail "the disk is full: .venv needs about 200 MB, with the packages of the tests 450 MB."
    elif grep -q 'DO NOT MATCH THE HASHES' "$log"; then
        fail "a downloaded package is not the locked one (see .venv/setup.log). Try again, or with another network."
    elif grep -qE 'NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|ConnectionReset' "$log"; then
        fail "the packages could not be downloaded: no network, or none to the Python package index (see .venv/setup.log)."
    fi
    fail "pip failed (see .venv/setup.log): $(grep '^ERROR' "$log" | tail -n 1)"
}

# .venv/bin/autograder is the command line, in every folder. It runs the project that it lies in, also through a link
# to it: in a project that was moved or copied, an absolute path would run the old one.
cat >.venv/bin/autograder <<'EOS'
#!/bin/sh
self=$0
case $self in */*) ;; *) self=./$self ;; esac
while [ -L "$self" ]; do
    link=$(readlink "$self")
    case $link in /*) self=$link ;; *) self=$(CDPATH='' cd -P -- "${self%/*}" && pwd)/$link ;; esac
done
here=$(CDPATH='' cd -- "${self%/*}/../.." && pwd)
if [ ! -f "$here/autograder/__main__.py" ]; then
    echo "autograder: $self is not in .venv/bin of the project. Make a link to the one there, not a copy." >&2
    exit 1
fi
# -I: no variable of the shell, and nothing in the folder it is called in, may be imported before a grade is safe.
exec "$here/.venv/bin/python" -I "$here/autograder" "$@"
EOS
chmod 755 .venv/bin/autograder

# Done once here instead of at the first import of each grading: byte code, and matplotlib's list of fonts.
.venv/bin/python -m compileall -qq autograder solution || true
MPLCONFIGDIR=$here/.venv/matplotlib .venv/bin/python -c 'import matplotlib.font_manager' >"$log" 2>&1 ||
    fail "matplotlib does not run: $(tail -n 1 "$log")"
stamp_for $lock >"$stamp"
say "done"
