"""Data sets on the disk: rows and ledger as Parquet, the summary as JSON, the sealed test set and who opened it."""
