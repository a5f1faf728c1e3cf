#!/usr/bin/env bash
# oteltap 1.0.0: of two awaits that one span matches, the first alone gets it; the second waits on, for ever where it has
# no time-out. Its readme says that items go to any matching await_trace, await_log and await_metric, and the code that
# does it says "all awaiters", but leaves its loop at the first. stream_traces gets every span. Two parts of a test that
# wait for the same span see it once.
# Seen on 2026-12-01: streamed ['draw'] awaited ['draw', 'TimeoutError']
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet oteltap==1.0.0 opentelemetry-proto==1.45.2
"$folder/venv/bin/python" - <<'PY'
import asyncio, socket, sys, urllib.request
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from oteltap import OtelTapHttpProtobufReceiver, OtelTapHttpProtobufReceiverSettings

with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
message = ExportTraceServiceRequest()
span = message.resource_spans.add().scope_spans.add().spans.add()
span.name, span.trace_id, span.span_id = "draw", bytes(range(16)), bytes(range(8))
span.start_time_unix_nano, span.end_time_unix_nano = 1, 2

def send():
    headers = {"Content-Type": "application/x-protobuf"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/traces", message.SerializeToString(), headers)
    urllib.request.urlopen(request, timeout=10).close()

async def main():
    async with OtelTapHttpProtobufReceiver(OtelTapHttpProtobufReceiverSettings(http_port=port)) as receiver:
        streamed = asyncio.ensure_future(anext(receiver.stream_traces()))
        wanted = [receiver.await_trace(lambda one: one.name == "draw", timeout=8) for _ in range(2)]
        waiting = asyncio.gather(*wanted, return_exceptions=True)
        await asyncio.sleep(0.2)
        await asyncio.to_thread(send)
        found = await waiting
        return [(await streamed).name], [type(one).__name__ if isinstance(one, Exception) else one.name for one in found]

streamed, awaited = asyncio.run(main())
print("streamed", streamed, "awaited", awaited)
sys.exit(streamed != ["draw"] or awaited != ["draw", "TimeoutError"])
PY
