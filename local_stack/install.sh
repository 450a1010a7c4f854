#!/usr/bin/env bash
# Everything that `make run` and `make test` need: system packages where we may install them, a virtual
# environment, the locked dependencies, Gregor itself. May be repeated; does nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }
stop() { printf 'gregor: %s\n' "$@" >&2; exit 1; }

# --- what is there

good_python() { "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
        if command -v "$name" >/dev/null && good_python "$name"; then
            command -v "$name"
            return
        fi
    done
}

first_number() { sed -nE '1s/[^0-9]*([0-9]+).*/\1/p'; }

has_java() {
    local java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
    command -v "$java" >/dev/null && [ "$("$java" -version 2>&1 | first_number)" -ge 17 ] 2>/dev/null
}

has_postgres() {
    local folder
    for folder in "$(dirname "$(command -v initdb || echo /nowhere/initdb)")" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin \
        /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
        if [ -x "$folder/postgres" ] && [ "$("$folder/postgres" --version | first_number)" -ge 15 ]; then
            [ ! -x "$folder/pg_config" ] || [ -e "$("$folder/pg_config" --sharedir)/extension/pg_trgm.control" ] && return 0
        fi
    done
    return 1
}

missing() {
    [ -n "$(find_python)" ] || echo python
    has_java || echo java
    command -v mvn >/dev/null || echo maven
    has_postgres || echo postgresql
}

# --- installing what is not

apt_names() {
    local what
    for what in "$@"; do
        case $what in
            python) echo python3 python3-venv ;;
            java) echo default-jre-headless ;;
            maven) echo maven ;;
            postgresql) echo postgresql postgresql-contrib ;;
        esac
    done
}

elsewhere() {
    if command -v dnf >/dev/null; then
        say "sudo dnf install -y python3 postgresql-server postgresql-contrib java-21-openjdk-headless maven"
    elif command -v brew >/dev/null || [ "$(uname)" = Darwin ]; then
        say "brew install python@3.13 postgresql@17 openjdk@21 maven"
    else
        say "sudo apt-get install -y $(apt_names "$@" | tr '\n' ' ')"
    fi
}

install_packages() {
    local as_root=()
    if ! command -v apt-get >/dev/null; then
        stop "missing: $*" "install with: $(elsewhere "$@")"
    elif [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || stop "missing: $*" "install with: $(elsewhere "$@")"
        as_root=(sudo -n)
    fi
    local names
    read -ra names <<<"$(apt_names "$@" | tr '\n' ' ')"
    say "installing by apt: ${names[*]}"
    # Debian would start a cluster of its own on the usual port; ours lives in its own folder.
    if [[ " $* " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        ${as_root[@]+"${as_root[@]}"} mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' | ${as_root[@]+"${as_root[@]}"} tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    local log
    log="$(mktemp)"
    if ! { ${as_root[@]+"${as_root[@]}"} apt-get update -qq &&
        ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "${names[@]}"; } >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        stop "apt could not install these packages"
    fi
    rm -f "$log"
}

ensure_packages() {
    local lacking
    read -ra lacking <<<"$(missing | tr '\n' ' ')"
    [ ${#lacking[@]} -eq 0 ] && return
    install_packages "${lacking[@]}"
    read -ra lacking <<<"$(missing | tr '\n' ' ')"
    [ ${#lacking[@]} -eq 0 ] || stop "this release's packages are too old (Python 3.11, Java 17, PostgreSQL 15 are needed): ${lacking[*]}"
}

# --- Python

ensure_venv() {
    good_python .venv/bin/python && return
    local python
    python="$(find_python)"
    say "making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
}

ensure_dependencies() {
    local stamp=.venv/.installed wanted
    wanted="$(cat requirements/build.lock requirements/dev.lock pyproject.toml | cksum) $PWD"
    if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        return
    fi
    say "installing the locked dependencies into .venv"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
        -r requirements/build.lock -r requirements/dev.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
    printf '%s' "$wanted" >"$stamp"
}

ensure_packages
ensure_venv
ensure_dependencies
