"""The charter: what the officers agree line by line, who has signed it, and where they disagree (S4.18, S2.3, S2.8, S2.12).

A version is a draft until every party has signed the very same content; then it is written into the project's ``charters/``, which is
where a study reads it. The rules of signing are those of :mod:`troth.terms.signing`; this app keeps who, when, and what was changed.
"""
