"""The audit log of a library: who changed which assets when, in a chain that shows tampering.

Every transaction of changes appends one record, in the same transaction: who, by which command, when, ids; no names, no
prompts. A record's code is an HMAC-SHA256 over it and the code before it. Its key is used once: the next is a hash of
it (B. Schneier, J. Kelsey, "Secure Audit Logs to Support Computer Forensics", ACM TISSEC 2(2), 1999), so that who takes
the machine over cannot write the past anew with what lies there. The first key, which verifies all, is kept by the
keyring of the system, or in a private file where there is none. The key to come and the last record's code, the head,
lie in the user's own folder, and the head in every recovery point: a log that ends before one of them was cut.

Tamper-evident, not tamper-proof: whoever can read the first key can write a log that verifies.
"""
