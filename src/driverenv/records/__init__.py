"""What is written down of launches: their logs, and how their receipts look."""
