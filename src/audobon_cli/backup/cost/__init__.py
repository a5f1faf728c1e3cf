"""`backup cost`: what a repository in a bucket has cost and will cost, and which storage class suits it.

Money is reckoned from what the bucket says of its objects (sizes, classes, times) and the price table; nothing is
opened, so no passphrase is asked for. What was deleted and is gone is in no list: costs so far are of what is still
billed.
"""
