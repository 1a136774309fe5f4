"""Who did what to which thing, and when: one chain of entries that is the audit log."""
