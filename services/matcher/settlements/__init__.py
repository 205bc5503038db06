"""What people answered: where each lead stands in the ledger, and what the answers decide about records and persons."""
