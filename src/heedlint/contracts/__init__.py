"""What APIs promise about their errors: the catalogues."""
