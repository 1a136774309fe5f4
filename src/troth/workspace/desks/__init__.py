"""The pages: Both desks, Ledger, Sources, Studies, About the numbers."""
