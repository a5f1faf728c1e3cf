"""Foreign files are decoded in a child process that can do nothing else.

It has no network, writes nothing, and its memory and time are bounded. Decoders of pictures and sounds are large C code
that is fed by strangers. What one of them can be made to do stays in the child: its memory is its own and not that of
the program, which holds keys; what it answers is plain data, checked like any file (`frames`), and never a pickle. A
child that crashes, hangs or takes too much is one file that cannot be read, and the next file gets a new child.

`pool` and `child` are the parent's side: a child is begun when the first file comes, and kept for the next ones.
`worker` is the child's: it gives up all that it can (`platforms`: limits, Landlock, seccomp; around it bubblewrap where
that is installed), then does the tasks of `tasks`, by name. `policy` is what the settings say. What holds on which
system is told by `doctor` and docs/operations.md.

Why a fresh interpreter and no fork: a fork has all that the program holds in its memory, and forks of processes with
threads hang. It is given an environment of its own for the same reason: that of the program may hold passwords.
"""
