#!/usr/bin/env bash
# onnxruntime 1.32.0, Linux wheel: `import onnxruntime` alone, before any call, makes a random device id and an event
# database in the user's cache folder ($XDG_CACHE_HOME or ~/.cache, Microsoft/DeveloperTools/.onnxruntime).
# disable_telemetry_events(), the documented switch, can only be called after the import, when the files are there;
# the variable ORT_DISABLE_TELEMETRY=1, set before the import, prevents them.
# Seen on 2026-11-30:
#   plain: [deviceid onnxruntime.db ] after: [deviceid onnxruntime.db ] before: []
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet onnxruntime==1.32.0
look() {
  local cache="$folder/cache-$1"; shift
  mkdir "$cache"
  env -u ORT_DISABLE_TELEMETRY HOME="$folder" XDG_CACHE_HOME="$cache" "$@"
  find "$cache" -type f -printf '%f\n' | sort | tr '\n' ' '
}
plain=$(look plain "$folder/venv/bin/python" -c "import onnxruntime")
after=$(look after "$folder/venv/bin/python" -c "import onnxruntime as o; o.disable_telemetry_events()")
before=$(look before ORT_DISABLE_TELEMETRY=1 "$folder/venv/bin/python" -c "import onnxruntime")
echo "plain: [$plain] after: [$after] before: [$before]"
[[ $plain == *deviceid* && $after == *deviceid* && -z $before ]]
