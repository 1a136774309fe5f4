"""The charter against the record: what nobody has agreed, and what of what is agreed can be delivered."""
