"""Record tables: the records of many persons as Arrow and Parquet, and back."""
