"""Bytes over the network: downloads that resume, checksums, logins.

**A download** appends to .audobon/incomplete/DIGEST.partial inside the repository's folder, as bytes arrive,
and gets its final name when it is whole and its digest is the published one (SHA-256 for large files, the git
blob hash for small ones). A partial is continued if its content is known: by the published digest, or by the
ETag in the journal beside it, sent as If-Range. A resumed file with a wrong digest is fetched once more from
the start (a power cut may have torn it); a wrong digest otherwise goes to .audobon/quarantine and is an
error. Failures are borne while bytes keep coming; Retry-After is honoured up to two minutes.
"""
