"""One file per kind of place rows come from. Each yields Arrow batches or, for Parquet, names the files; none knows the engine."""
