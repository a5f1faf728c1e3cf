"""A process that keeps an engine and its models in memory between commands, and leaves by itself.

Only engine calls cross the socket: everything else - choices, checks, files, output - is done by the command,
which therefore behaves the same with it, without it, and when it dies in the middle.

Messages are pickles, between two processes of one user and one version; every command checks that the folder
belongs to the user alone. The fingerprint that both must share has the code's time stamps, package versions,
device and the variables that steer PyTorch. The files of a model are looked at again for each command.
"""
