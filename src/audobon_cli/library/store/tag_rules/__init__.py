"""Rules that tag by query: what answers it gets a tag, or loses it, when it is filed and on demand.

**No loops.** A rule depends on another if its query may ask for the tag that the other gives or takes (by ``tag:``, or
by a word, which tags hold, too). Rules that depend on each other in a circle are refused when they are added, so that
there is an order (`rule.in_order`) in which each runs once: what they leave is the same whenever and wherever they
are run, and running them again changes nothing. Of rules that do not depend on each other the order is that of their
texts, not of time.

**Where.** They lie in the library's database, so that backups hold them; pushes carry them in the place's ``refs``,
and a pull takes those of which this library never said anything. What is filed is tagged in the transaction that files
it. Commits move the library as it was and run no rules.
"""
