"""Who else on this machine may reach into a library's folder: file modes, and taking others' rights away.

The folder's own mode (0700) is what keeps others out: whatever lies below it cannot be reached without passing
through. Files have 0600 besides (stored ones, which nothing writes again, 0400), so that one that is moved out of it
stays private. On Windows access is inherited from the folder, and nothing is done.
"""
