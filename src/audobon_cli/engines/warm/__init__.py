"""A process that keeps an engine and its models in memory between commands, and leaves by itself.

Only engine calls cross the socket: everything else - choices, checks, files, output - is done by the
command, which therefore behaves the same with it, without it, and when it dies in the middle.
"""
