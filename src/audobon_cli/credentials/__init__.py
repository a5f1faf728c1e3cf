"""Content Credentials (C2PA): signed statements in exported files, and those of others (the extra ``c2pa``).

**At export only.** A signature has a clock and chance in it, so that no file would be the same twice, and makes a
sprite several times its size. In the library there are none but those that came in with imported files, whose bytes
are never changed.

**The key is one's own.** ``keys.py`` makes a certificate that vouches for itself: readers say that the file is whole
and signed, and that they do not know by whom. A claim says *signed by*, not *true*.
"""
