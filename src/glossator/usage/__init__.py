"""What may be spent: allowances, prices, the day's budget and the ledger."""
