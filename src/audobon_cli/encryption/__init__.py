"""Keys that passphrases, key files and keyrings open, and records sealed with keys.

A master key is random and never leaves memory in the clear. Each secret that opens it has a slot: a small JSON
document with the master key wrapped by AES-256-GCM, under scrypt of a passphrase or an HMAC of 32 random bytes. So
secrets are added, changed and removed without touching what is encrypted. Backups keep their slots at the
destination, encrypted libraries in a folder; both are read and written here.
"""
