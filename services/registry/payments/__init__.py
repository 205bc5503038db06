"""What was paid to whom, month by month: the payout ledger since 2018."""
