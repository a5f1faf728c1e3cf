"""What every engine, provider, medium, operation and metric promises, as clauses that are tried on one.

The tests of the program hold what ships to them, and ``audobon plugins check`` what others wrote.
"""
