"""A prefix in a bucket of Amazon S3, or of a server that speaks its protocol, as a remote.

botocore signs and sends; credentials are looked for where AWS's own tools look. Create-only writes and
compare-and-swap are the protocol's conditional writes (If-None-Match, If-Match), which not every server honours:
``conditions.py`` tries it, and a server that does not is refused. A version is ETag and time of the last write, since
equal contents have equal ETags.

An object goes up in one request; only after a failure in parts, which the server keeps, so that neither the next try
nor the next process sends them again.
"""
