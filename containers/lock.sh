#!/usr/bin/env bash
# Writes what the images are pinned to, from pyproject.toml: `pip install uv && containers/lock.sh`. Nothing is installed.
# `--upgrade` takes the newest versions; without it those that are pinned already stay where they still fit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
compile() {
  uv pip compile pyproject.toml --quiet --generate-hashes --no-annotate --python-version 3.11 \
    --python-platform x86_64-manylinux_2_36 --custom-compile-command containers/lock.sh "$@"
}
compile --overrides containers/without-torch.txt --output-file containers/requirements-cpu.txt "$@"
compile containers/kuberay.txt --extra gguf --extra stable-audio --extra ray --output-file containers/requirements-cuda.txt "$@"
