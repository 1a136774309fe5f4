"""The vocabulary: frozen types, table contracts, the charter and the tree of errors. Knows only Ibis and the standard library."""
