#!/usr/bin/env bash
# Sprites in CI: make them in a project's library, prove the library is whole, export them for the game.
# Run it twice: the second run makes nothing new, because the same seeds give the pictures that are there.
set -euo pipefail
prompts="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/prompts.txt"

audobon init
audobon generate - --seed 7 --quality draft --out sprites/new/ --quiet < "$prompts"
audobon assets verify
audobon assets export --search "" --out sprites/all --overwrite
audobon assets list --json
