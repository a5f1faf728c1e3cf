"""Logs, metrics and traces sent elsewhere by OTLP: where that is asked for, and never at the cost of the run.

https://opentelemetry.io/docs/specs/otel/protocol/exporter/ names the variables. The SDK is imported where something is
sent, and nowhere else.
"""
