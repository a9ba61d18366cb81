"""Several runs side by side: what one has right that another has wrong, and since when."""
