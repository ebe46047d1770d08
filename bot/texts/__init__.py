"""The words a person reads, out of the catalogs; which words to say is decided elsewhere."""
