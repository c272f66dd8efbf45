"""What a record keeps of the truth."""
