"""From failures to issues (domain.md e1): disjoint, so that they add up.

events      somebody was let down: a word broken, a contact, a return, a low score
episodes    the events of one matter within a month
failures    one row per episode: what it leads with, what followed, what it cost
cubes       what could have failed, counted by its dimensions
forming     failures peeled into issues, each with a rule that serves again
assigning   the issue a row belongs to
owning      in whose area an issue lies
spell       when it was worst
leaving     how much more often those hit stay away
words       what they wrote
result      what is said of an issue
reckoning   all of it, for a study
"""
