"""Bytes over the network: downloads that resume, checksums, logins."""
